"""The life of a payment to another bank, told by the rail and by nobody else."""

import datetime as dt
import json
from collections.abc import Collection

import psycopg
import pytest

from accounts.account_numbers import iban_of
from accounts.models import Account, Entry
from accounts.money import Money
from audit import ledgers
from audit.actor import Actor
from bank.database import asking
from payments.errors import PaymentNotFound, PaymentOver, RailDown
from payments.models import Payment
from payments.operations import cancel_payment, driving, make_payment, reconcile
from payments.operations.rail_news import learn
from payments.rails import rail as the_rail
from payments.rules import Outside, PaymentOrder
from payments.rules.rail_life import News
from tests.payments.rails.outgoing import BY, Outgoing
from tests.support.customers import someone
from tests.support.rail import IBAN, RunningRail
from tests.support.staff import restricted


class TestSettling:
    def test_begins_with_its_money_set_aside_and_nothing_told(self, rail: RunningRail) -> None:
        out = Outgoing()
        assert (out.status, out.state, out.money) == ("ACSP", "QUEUED", (1000, 400))
        assert rail.transfer(out.id) is None

    def test_goes_on_behind_one_whose_news_cannot_be_taken_in(
        self, rail: RunningRail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing, behind = Outgoing(), Outgoing()

        def refused(payment_id: str, news: News, *, by: Actor) -> Payment | None:
            if payment_id == failing.id:
                asking.execute("SELECT 1 / 0")
            return learn(payment_id, news, by=by)

        monkeypatch.setattr(driving, "learn", refused)
        behind.drive_until("ACCC")
        assert failing.status == "ACSP"
        monkeypatch.undo()
        failing.drive_until("ACCC")

    def test_ends_booked_under_the_id_of_its_hold(self, rail: RunningRail) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        entry = Entry.objects.get(id=out.hold.id)
        assert (entry.account_id, entry.direction, entry.amount) == (out.account.id, "DBIT", 400)
        assert (out.state, out.money) == ("ENDED", (600, 0))
        assert out.payment.posting_id == entry.posting_id

    def test_leaves_one_event_for_each_posting_and_none_without(
        self, rail: RunningRail, superuser_url: str
    ) -> None:
        out = Outgoing("Pending")
        out.drive()
        for status in ("ACSC", "ACCC"):
            learn(out.id, News(status), by=BY)
        booked = {str(out.payment.posting.audit_event_id)}  # type: ignore[union-attr]
        (ledger,) = (known for known in ledgers.registered() if known.table == "accounts_posting")
        assert events_about(superuser_url, (out.id, out.hold.id), ledger.kinds) == booked

    def test_tells_the_rail_who_pays_whom_and_what_for(self, rail: RunningRail) -> None:
        out = Outgoing("Café Lumen")
        out.drive()
        told = rail.transfer(out.id)
        assert told is not None
        assert (told["creditor"], told["iban"], told["amount"]) == ("Café Lumen", IBAN, "4.00")

    def test_refuses_more_than_there_is_and_sets_nothing_aside(self, rail: RunningRail) -> None:
        out = Outgoing(amount="10.01")
        assert (out.status, out.payment.reason_code, out.money) == ("RJCT", "AM04", (1000, 0))

    def test_pays_a_number_of_this_bank_inside_it(self, rail: RunningRail) -> None:
        payee = someone().account()
        out = Outgoing("Anybody", iban=str(payee.iban))
        assert (out.payment.kind, out.status, out.payment.creditor_account_id) == (
            "internal",
            "ACCC",
            payee.id,
        )

    def test_refuses_a_number_of_this_bank_that_nobody_has(self, rail: RunningRail) -> None:
        out = Outgoing("Anybody", iban=iban_of("00000000"))
        assert (out.payment.kind, out.status, out.payment.reason_code) == ("internal", "RJCT", "AC03")


def events_about(superuser_url: str, ids: tuple[str, ...], kinds: Collection[str]) -> set[str]:
    """The ids of events of these kinds about these targets."""
    with psycopg.connect(superuser_url) as connection:
        rows = connection.execute("SELECT event_id::text, body FROM audit.outbox").fetchall()
    about = {
        event: json.loads(bytes(body))["kind"]
        for event, body in rows
        if any(target.encode() in bytes(body) for target in ids)
    }
    assert len(about) >= 4
    return {event for event, kind in about.items() if kind in kinds}


class TestCancelPayment:
    def test_ends_what_has_not_left(self, rail: RunningRail) -> None:
        out = Outgoing()
        assert cancel_payment(out.id, by=out.payer.actor).status == "CANC"
        out.drive()
        assert (out.status, out.money, rail.transfer(out.id)) == ("CANC", (1000, 0), None)

    def test_asks_the_rail_about_what_has_left(self, rail: RunningRail) -> None:
        out = Outgoing("Pending")
        out.drive()
        assert cancel_payment(out.id, by=out.payer.actor).status == "ACSP"
        out.drive()
        assert (out.status, out.money) == ("CANC", (1000, 0))
        assert (rail.transfer(out.id) or {})["status"] == "CANC"

    def test_comes_too_late_for_what_is_settled(self, rail: RunningRail) -> None:
        out = Outgoing("Pending")
        out.drive()
        rail.control("POST", f"/transfers/{out.id}/settle")
        cancel_payment(out.id, by=out.payer.actor)
        out.drive()
        assert (out.status, out.money) == ("ACCC", (600, 0))
        with pytest.raises(PaymentOver):
            cancel_payment(out.id, by=out.payer.actor)

    def test_stops_one_that_the_rail_never_saw(self, rail: RunningRail) -> None:
        out = Outgoing()
        rail.fault("cut")
        out.drive()
        cancel_payment(out.id, by=out.payer.actor)
        out.drive()
        assert (out.status, out.money) == ("CANC", (1000, 0))

    def test_is_for_who_paid_and_for_payments_to_other_banks(self, rail: RunningRail) -> None:
        out = Outgoing("Pending")
        with pytest.raises(PaymentNotFound):
            cancel_payment(out.id, by=someone().actor)
        inside = Outgoing("Anybody", iban=str(someone().account().iban))
        with pytest.raises(PaymentOver):
            cancel_payment(inside.id, by=inside.payer.actor)


class TestWhileTheRailIsDown:
    def test_takes_nothing_it_cannot_send_and_pays_inside_as_ever(self, rail: RunningRail) -> None:
        waiting = [Outgoing() for _ in range(2)]
        payer, payee = someone(), someone()
        account = payer.account("10.00")
        rail.kill()
        for _ in range(3):
            for out in waiting:
                out.drive()
        assert the_rail.reading().state == "open"
        order = PaymentOrder(account.id, Money(100, "GBP"), creditor=Outside("Payee Ok", IBAN))
        with pytest.raises(RailDown):
            make_payment(order, by=payer.actor)
        assert not Payment.objects.filter(debtor_account=account).exists()
        inside = PaymentOrder(account.id, Money(100, "GBP"), payee.account().id)
        assert make_payment(inside, by=payer.actor).status == "ACCC"
        assert {out.state for out in waiting} == {"QUEUED"}  # nothing reached the rail, and the bank knows it
        rail.start()
        the_rail.end_wait()
        assert the_rail.reading().state == "half_open"
        for out in waiting:
            out.drive_until("ACCC")
        assert the_rail.reading().state == "closed"


class TestAnAccountThatWasBlockedMeanwhile:
    @pytest.mark.parametrize("status", ["FROZEN", "DEBIT_BLOCKED"])
    def test_still_books_what_has_left(self, rail: RunningRail, status: str) -> None:
        out = Outgoing("Pending")
        out.drive()
        restricted(out.account, status)
        rail.control("POST", f"/transfers/{out.id}/settle")
        out.drive_until("ACCC")
        assert out.money == (600, 0)

    def test_does_not_get_back_what_it_cannot_take(self, rail: RunningRail) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        restricted(out.account, "FROZEN")
        rail.control("POST", f"/transfers/{out.id}/return")
        reconcile(dt.datetime.now(dt.UTC).date(), by=BY)
        returned = Payment.objects.get(original_id=out.id)
        assert Account.objects.get(id=returned.creditor_account_id).kind == "suspense"
        assert out.money == (600, 0)
