"""What the rail tells of its own accord: in any order, more than once, at the moment somebody asks."""

import datetime as dt
import time
from typing import Any

import pytest
import requests

from accounts.account_numbers import iban_of
from accounts.models import Account, Entry
from payments.models import IncomingPayment, Payment
from payments.operations import drive, hear
from payments.rails import rail as the_rail
from payments.rails import signing
from payments.rails.messages import NotUnderstood
from tests.oauth.threads import all_at_once
from tests.payments.rails.outgoing import BY, Outgoing, books_differ, due
from tests.support.customers import someone
from tests.support.rail import RunningRail, until
from tests.support.staff import restricted


@pytest.mark.xdist_group("wired")  # one process: what they share costs seconds to start
class TestOverTheWire:
    def test_news_ends_a_payment_that_nobody_asks_about(self, connected: RunningRail) -> None:
        out = Outgoing("Pending")
        out.drive()
        connected.control("POST", f"/transfers/{out.id}/settle")
        until(lambda: out.status == "ACCC", "the news was taken")
        assert out.money == (600, 0)

    def test_twice_late_and_in_the_wrong_order_it_has_one_effect(self, connected: RunningRail) -> None:
        connected.fault("reorder", seconds=0.5, times=2)
        connected.fault("duplicate", times=2)
        out = Outgoing("Pending")
        out.drive()
        connected.control("POST", f"/transfers/{out.id}/settle")
        connected.control("POST", f"/transfers/{out.id}/return", {"reason": "AC04"})
        until(lambda: out.money == (1000, 0), "settled and returned, told the other way round")
        until(lambda: undelivered(connected) == 0, "everything was delivered")
        assert (out.status, out.money) == ("ACCC", (1000, 0))
        assert Payment.objects.filter(original_id=out.id).count() == 1
        assert books_differ(connected) == []

    def test_what_is_lost_is_asked_for(self, connected: RunningRail) -> None:
        connected.fault("lose")
        out = Outgoing("Pending")
        out.drive()
        connected.control("POST", f"/transfers/{out.id}/settle")
        assert out.status == "ACSP"
        out.drive_until("ACCC")

    def test_money_from_another_bank_is_booked_by_its_number(self, connected: RunningRail) -> None:
        payee = someone().account("1.00")
        told = {"iban": payee.iban, "amount": "2.50", "currency": "GBP", "reference": "thanks"}
        number = connected.control("POST", "/inbound", told)["id"]
        until(lambda: balance(payee) == 350, "the money is there")
        incoming = IncomingPayment.objects.get(rail_id=number)
        assert (incoming.status, incoming.account_id) == ("ACCC", payee.id)
        assert incoming.debtor_name == "Somebody Else"

    @pytest.mark.parametrize(
        ("account", "reason"), [("unknown", "AC03"), ("CLOSED", "AC04"), ("FROZEN", "AC06"), ("yen", "AM03")]
    )
    def test_what_cannot_be_booked_goes_back(self, connected: RunningRail, account: str, reason: str) -> None:
        told = {"iban": number_of(account), "amount": "2.50", "currency": "GBP"}
        number = connected.control("POST", "/inbound", told)["id"]
        until(lambda: IncomingPayment.objects.filter(rail_id=number).exists(), "it was heard of")
        drive(by=BY)
        said = connected.transfer(number) or {}
        assert (said["status"], said["reason"], len(said["entries"])) == ("RTND", reason, 2)
        assert IncomingPayment.objects.get(rail_id=number).returned_on == today()
        assert books_differ(connected) == []

    def test_is_believed_only_with_the_rails_signature(self, connected: RunningRail) -> None:
        url = connected.member_url
        body = b'{"FIToFIPmtStsRpt": {"TxInfAndSts": {"OrgnlTxId": "pay_x", "TxSts": "ACCC"}}}'
        ca, kind = str(connected.ca_file), {"Content-Type": "application/json"}
        assert requests.post(url, data=body, headers=kind, verify=ca, timeout=10).status_code == 401
        ours = signing.headers_for("POST", url, body)  # a sound signature, of somebody else
        refused = requests.post(url, data=body, headers={**kind, **ours}, verify=ca, timeout=10)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_the_rail")


class TestSignatures:
    def message(self, rail: RunningRail, body: bytes) -> signing.Message:
        from railsim.signatures import Key, Request

        signed = Key(rail.folder / "rail").sign_request(Request("POST", "bank.example", "/news", "", body))
        fields = {name.lower(): value for name, value in signed.items()}
        return signing.Message("POST", "https://bank.example/news", fields=fields)

    def test_of_the_rail_hold_for_its_own_words_for_a_minute(self, rail: RunningRail) -> None:
        message = self.message(rail, b"{}")
        signing.check_request(message, b"{}")
        for body, now in ((b"[]", None), (b"{}", time.time() + 61), (b"{}", time.time() - 61)):
            with pytest.raises(signing.SignatureRefused):
                signing.check_request(message, body, now=now)

    def test_hold_for_the_place_they_were_made_for(self, rail: RunningRail) -> None:
        message = self.message(rail, b"{}")
        elsewhere = signing.Message("POST", "https://other.example/news", fields=message.fields)
        with pytest.raises(signing.SignatureRefused):
            signing.check_request(elsewhere, b"{}")


class TestRaces:
    def test_a_callback_and_a_status_query_at_once_book_once(self, rail: RunningRail) -> None:
        out = Outgoing("Pending")
        out.drive()
        rail.control("POST", f"/transfers/{out.id}/settle")
        news = report(out.id, "ACCC")
        due(out.id)

        def act(number: int) -> None:
            drive(by=BY) if number % 2 else hear(news, by=BY)

        all_at_once(8, act)
        assert (out.status, out.money) == ("ACCC", (600, 0))
        assert Entry.objects.filter(account=out.account, direction="DBIT").count() == 1
        assert books_differ(rail) == []

    def test_a_return_told_ten_times_at_once_comes_back_once(self, rail: RunningRail) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        rail.control("POST", f"/transfers/{out.id}/return")
        all_at_once(10, lambda: hear(returned(out.id, "4.00"), by=BY))
        assert out.money == (1000, 0)
        assert Payment.objects.filter(original_id=out.id).count() == 1

    def test_money_that_comes_in_told_ten_times_at_once_is_booked_once(self, rail: RunningRail) -> None:
        payee = someone().account()
        told = {"iban": payee.iban, "amount": "2.50", "currency": "GBP"}
        number = rail.control("POST", "/inbound", told)["id"]
        message = next(entry.message for entry in the_rail.book(today()) if entry.id == number)
        all_at_once(10, lambda: hear(message, by=BY))
        assert balance(payee) == 250
        assert IncomingPayment.objects.filter(rail_id=number).count() == 1

    def test_cancelling_and_sending_at_once_end_as_the_rail_says(self, rail: RunningRail) -> None:
        from payments.errors import PaymentOver
        from payments.operations import cancel_payment

        out = Outgoing()

        def act(number: int) -> str:
            try:
                return str(drive(by=BY) if number % 2 else cancel_payment(out.id, by=out.payer.actor).status)
            except PaymentOver:
                return "over"

        all_at_once(6, act)
        until(lambda: out.drive() or out.state == "ENDED", "it ended")
        gone = rail.settled(out.id)
        assert (out.status, out.money) == (("ACCC", (600, 0)) if gone else ("CANC", (1000, 0)))


class TestContradictions:
    def test_what_has_ended_stays_as_it_is(self, rail: RunningRail) -> None:
        out = Outgoing("Reject")
        out.drive()
        hear(report(out.id, "ACCC"), by=BY)
        hear(returned(out.id, "4.00"), by=BY)
        assert (out.status, out.money) == ("RJCT", (1000, 0))

    def test_no_more_comes_back_than_was_paid(self, rail: RunningRail) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        hear(returned(out.id, "4.01"), by=BY)
        assert (out.money, Payment.objects.filter(original_id=out.id).count()) == ((600, 0), 0)

    def test_of_nothing_that_arrives_are_not_understood(self, rail: RunningRail) -> None:
        payee = someone().account()
        told = {"iban": payee.iban, "amount": "0.00", "currency": "GBP"}
        number = rail.control("POST", "/inbound", told)["id"]
        message = next(entry.message for entry in the_rail.book(today()) if entry.id == number)
        with pytest.raises(NotUnderstood):
            hear(message, by=BY)

    def test_of_a_payment_nobody_made_change_nothing(self, rail: RunningRail) -> None:
        hear(report("pay_nobody", "ACCC"), by=BY)
        hear(returned("pay_nobody", "1.00"), by=BY)


def report(payment_id: str, status: str) -> dict[str, Any]:
    said = {"OrgnlTxId": payment_id, "TxSts": status, "IntrBkSttlmDt": today().isoformat()}
    return {"FIToFIPmtStsRpt": {"TxInfAndSts": said}}


def returned(payment_id: str, amount: str) -> dict[str, Any]:
    said = {
        "RtrId": "rtr-1", "OrgnlTxId": payment_id, "RtrdIntrBkSttlmAmt": {"Ccy": "GBP", "Amt": amount},
        "RtrRsnInf": {"Rsn": "AC04"}, "IntrBkSttlmDt": today().isoformat(),
    }  # fmt: skip
    return {"PmtRtr": {"TxInf": said}}


def number_of(account: str) -> str:
    if account == "unknown":
        return iban_of("00000000")
    found = someone().account(currency="JPY" if account == "yen" else "GBP")
    if account != "yen":
        restricted(found, account)
    return str(found.iban)


def balance(account: Account) -> int:
    return Account.objects.get(id=account.id).booked


def undelivered(rail: RunningRail) -> int:
    import sqlite3

    with sqlite3.connect(f"file:{rail.folder / 'rail' / 'book.sqlite'}?mode=ro", uri=True) as file:
        return int(file.execute("SELECT count(*) FROM callback WHERE delivered_at IS NULL").fetchone()[0])


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
