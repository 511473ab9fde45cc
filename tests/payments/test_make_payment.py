"""One payment: who may, what becomes of it, and what is left when something breaks."""

from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction
from prometheus_client import REGISTRY

from accounts.errors import AccountNotFound
from accounts.models import Account, Entry, Posting
from accounts.money import Money
from audit.actor import Actor
from bank.public_ids import new
from oauth.errors import InvalidAccessToken
from oauth.operations import revoke_consent
from payments.errors import NotAllowedToPay
from payments.models import Payment
from payments.operations import make_payment, refusal_of
from payments.rules import Outside, PaymentOrder
from tests.oauth.threads import all_at_once
from tests.support.customers import someone
from tests.support.staff import restricted


def order(debtor: Account, to: Account | None, amount: str = "1.00", **more: object) -> PaymentOrder:
    money = Money.parse(amount, str(more.pop("currency", "GBP")))
    return PaymentOrder(debtor.id, money, to and to.id, **more)  # type: ignore[arg-type]


def balance(account: Account) -> int:
    return Account.objects.get(id=account.id).booked


class TestMakePayment:
    def test_ends_completed_with_its_posting_and_its_event(self, db: None) -> None:
        person, other = someone(), someone()
        one, two = person.account("5.00"), other.account()
        payment = make_payment(order(one, two, "2.00", reference="rent"), by=person.actor)
        assert payment.status == "ACCC"
        assert (balance(one), balance(two)) == (300, 200)
        posting = Posting.objects.get(id=payment.posting_id)
        assert posting.audit_event_id == payment.last_event_id
        assert posting.reference == "rent"

    @pytest.mark.parametrize(
        ("change", "code", "reason"),
        [
            ({"amount": "5.01"}, "insufficient_funds", "AM04"),
            ({"amount": "0"}, "zero_amount", "AM01"),
            ({"currency": "EUR"}, "currency_mismatch", "AM03"),
        ],
    )
    def test_keeps_a_refused_one_with_its_reason(
        self, db: None, change: dict[str, str], code: str, reason: str
    ) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        payment = make_payment(order(one, two, **change), by=person.actor)
        kept = Payment.objects.get(id=payment.id)
        assert (kept.status, kept.refusal, kept.reason_code, kept.posting_id) == ("RJCT", code, reason, None)
        refusal = refusal_of(kept)
        assert refusal is not None
        assert (refusal.code, refusal.reason_code) == (code, reason)
        assert (balance(one), balance(two)) == (500, 0)

    @pytest.mark.parametrize(
        ("status", "side", "reason"),
        [
            ("FROZEN", 0, "AC06"),
            ("DEBIT_BLOCKED", 0, "AC06"),
            ("CREDIT_BLOCKED", 1, "AC06"),
            ("CLOSED", 1, "AC04"),
        ],
    )
    def test_refuses_by_the_state_of_either_account(
        self, db: None, status: str, side: int, reason: str
    ) -> None:
        person = someone()
        accounts = [person.account("5.00"), person.account()]
        restricted(accounts[side], status)
        assert make_payment(order(*accounts), by=person.actor).reason_code == reason

    def test_refuses_an_unknown_creditor_the_banks_own_and_oneself(self, db: None) -> None:
        from accounts.queries import get_settlement_account

        person = someone()
        one = person.account("5.00")
        for creditor_id, reason in (
            (new("acc"), "AC03"),
            (get_settlement_account("GBP").id, "AC03"),
            (one.id, "AG01"),
        ):
            payment = make_payment(PaymentOrder(one.id, Money(100, "GBP"), creditor_id), by=person.actor)
            assert payment.reason_code == reason
        assert balance(one) == 500

    def test_refuses_a_creditor_outside_while_there_is_no_rail(self, db: None) -> None:
        person = someone()
        outside = Outside("Payee Ok", "GB33BUKB20201555555555")
        payment = make_payment(order(person.account("5.00"), None, creditor=outside), by=person.actor)
        assert (payment.kind, payment.reason_code) == ("external", "AB08")

    def test_refuses_the_largest_amount_that_can_be_written(self, db: None) -> None:
        person = someone()
        one, two = person.account("5.000", "BHD"), person.account(currency="BHD")
        largest = order(one, two, "9999999999999.999", currency="BHD")
        assert make_payment(largest, by=person.actor).reason_code == "AM02"

    def test_may_empty_the_account_and_not_a_penny_more(self, db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        assert make_payment(order(one, two, "5.00"), by=person.actor).status == "ACCC"
        assert make_payment(order(one, two, "0.01"), by=person.actor).reason_code == "AM04"


class TestWhose:
    def test_somebody_elses_account_is_not_found(self, db: None) -> None:
        person, other = someone(), someone()
        theirs, mine = other.account("5.00"), person.account()
        with pytest.raises(AccountNotFound):
            make_payment(order(theirs, mine), by=person.actor)

    def test_nobody_pays(self, db: None) -> None:
        person = someone()
        with pytest.raises(AccountNotFound):
            make_payment(order(person.account("5.00"), person.account()), by=Actor(type="system"))

    def test_a_viewer_sees_but_does_not_pay(self, db: None) -> None:
        person, viewer = someone(), someone()
        account = person.account("5.00", holders={viewer.customer_id: "viewer"})
        with pytest.raises(NotAllowedToPay):
            make_payment(order(account, viewer.account()), by=viewer.actor)

    def test_a_joint_holder_pays(self, db: None) -> None:
        person, partner = someone(), someone()
        account = person.account("5.00", holders={partner.customer_id: "joint"})
        assert make_payment(order(account, partner.account()), by=partner.actor).status == "ACCC"

    def test_an_app_pays_only_from_what_was_shared(self, db: None) -> None:
        person = someone()
        shared, hidden = person.account("5.00"), person.account("5.00")
        app = person.app([shared])
        assert make_payment(order(shared, hidden), by=app).status == "ACCC"
        with pytest.raises(AccountNotFound):
            make_payment(order(hidden, shared), by=app)

    def test_a_consent_that_ended_pays_nothing(self, db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        app = person.app([one])
        revoke_consent(str(app.consent_id), by=person.actor)
        with pytest.raises(InvalidAccessToken):
            make_payment(order(one, two), by=app)


class TestRollback:
    def test_leaves_nothing_when_the_last_write_breaks(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        with (
            patch("payments.operations.payments.record", side_effect=DatabaseError("gone")),
            pytest.raises(DatabaseError),
        ):
            make_payment(order(one, two), by=person.actor)
        assert (balance(one), balance(two)) == (500, 0)
        assert not Payment.objects.filter(debtor_account=one).exists()
        assert not Entry.objects.filter(account=two).exists()


class TestRaces:
    def test_fifty_payments_of_ten_out_of_a_hundred_are_ten(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("100.00"), person.account()
        done = all_at_once(50, lambda: make_payment(order(one, two, "10.00"), by=person.actor).status)
        assert sorted(done) == ["ACCC"] * 10 + ["RJCT"] * 40
        assert (balance(one), balance(two)) == (0, 10_000)

    def test_revoking_waits_for_what_began_and_stops_the_rest(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("100.00"), person.account()
        app = person.app([one])

        def act(number: int) -> str:
            if number == 7:
                revoke_consent(str(app.consent_id), by=person.actor)
                with transaction.atomic():
                    return f"revoked at {balance(two)}"
            try:
                return str(make_payment(order(one, two, "1.00"), by=app).status)
            except InvalidAccessToken:
                return "refused"

        outcomes = all_at_once(15, act)
        at_the_end = next(o for o in outcomes if o.startswith("revoked"))
        assert at_the_end == f"revoked at {balance(two)}"
        assert outcomes.count("ACCC") * 100 == balance(two)


class TestMetric:
    def counted(self, status: str) -> float:
        return REGISTRY.get_sample_value("bank_payments_total", {"kind": "internal", "status": status}) or 0

    def test_counts_what_was_committed_by_the_status_reached(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        before = self.counted("ACCC"), self.counted("RJCT")
        make_payment(order(one, two, "2.00"), by=person.actor)
        make_payment(order(one, two, "9.00"), by=person.actor)
        assert (self.counted("ACCC"), self.counted("RJCT")) == (before[0] + 1, before[1] + 1)

    def test_does_not_count_what_was_undone(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        before = self.counted("ACCC")
        with transaction.atomic():
            make_payment(order(one, two, "2.00"), by=person.actor)
            transaction.set_rollback(True)
        assert self.counted("ACCC") == before
