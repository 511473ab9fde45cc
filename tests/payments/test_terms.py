"""Fees and limits: shown, charged with the payment, and never passed, however many pay at once."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.errors import AccountNotFound
from accounts.models import Account, Hold, Posting
from accounts.money import Money
from accounts.operations import capture_hold, place_hold, void_hold
from accounts.queries import get_internal_account
from approvals.operations import approve
from bank import clock
from bank.access.roles import APPROVER, TELLER
from payments.errors import (
    DayLimitReached,
    FeeOutOfBounds,
    NotAllowedToPay,
    PaymentLimitReached,
    RaiseNeedsApproval,
)
from payments.models import FeeRule, Payment, PaymentLimit
from payments.operations import make_payment
from payments.operations.terms import lower_limits
from payments.queries.terms import fee_for
from payments.rules import PaymentOrder
from payments.rules.terms import Fee, fee_of, is_raised
from tests.oauth.threads import all_at_once
from tests.payments.batching import Employer, employer, outcomes
from tests.payments.test_make_payment import balance
from tests.support.customers import Someone, someone
from tests.support.own_app import signed_in
from tests.support.staff import agreed, asked, officer

CURRENCY = "CHF"  # its fees are these tests' own


def fee(**line: Any) -> None:
    """Let payments inside, in francs, cost this."""
    agreed(
        "fee.set", f"internal-{CURRENCY}", **{"fixed": 0, "basis_points": 0, "least": 0, "most": None, **line}
    )


@pytest.fixture
def charged(db: None) -> None:
    """0.30 and half a per cent, 2.00 at most."""
    fee(fixed=30, basis_points=50, most=200)


class Payer:
    """Somebody who pays francs to somebody else."""

    def __init__(self, money: str = "100.00", currency: str = CURRENCY) -> None:
        self.person, self.currency = someone(), currency
        self.debtor = self.person.account(money, currency)
        self.payee = someone()
        self.creditor = self.payee.account(currency=currency)

    def set_aside(self, minor: int) -> Hold:
        tomorrow, amount = clock.now() + dt.timedelta(days=1), Money(minor, self.currency)
        return place_hold(
            self.debtor.id, self.creditor.id, amount=amount, until=tomorrow, by=self.person.actor
        )

    def pay(self, minor: int) -> Payment:
        order = PaymentOrder(self.debtor.id, Money(minor, self.currency), self.creditor.id)
        return make_payment(order, by=self.person.actor)

    def lower(
        self, per_payment: int | None = None, per_day: int | None = None, by: Someone | None = None
    ) -> None:
        limits = {"per_payment": per_payment, "per_day": per_day}
        lower_limits(
            self.debtor.id,
            **{name: None if m is None else Money(m, self.currency) for name, m in limits.items()},
            by=(by or self.person).actor,
        )


class TestFeeOf:
    @pytest.mark.parametrize(
        ("minor", "line", "expected"),
        [
            (1000, None, 0),
            (1000, Fee(30, 50, 0, None), 35),
            (1001, Fee(30, 50, 0, None), 35),
            (100, Fee(0, 50, 10, None), 10),
            (10**6, Fee(0, 50, 0, 200), 200),
        ],
    )
    def test_is_fixed_and_a_share_within_bounds(self, minor: int, line: Fee | None, expected: int) -> None:
        assert fee_of(Money(minor, "GBP"), line).minor == expected


@pytest.mark.usefixtures("charged")
class TestFees:
    def test_are_charged_with_the_payment_to_the_banks_account(self) -> None:
        payer, inside = Payer(), get_internal_account("fees", CURRENCY)
        before = Account.objects.get(id=inside).booked
        payment = payer.pay(1000)
        assert (payment.status, payment.fee) == ("ACCC", 35)
        assert (balance(payer.debtor), balance(payer.creditor)) == (10000 - 1035, 1000)
        assert Account.objects.get(id=inside).booked - before == 35
        booked = Posting.objects.get(kind="fee", reference=f"Fee for {payment.id}")
        assert booked.audit_event_id != payment.last_event_id

    def test_that_are_not_covered_refuse_the_payment(self) -> None:
        payer = Payer("10.34")
        payment = payer.pay(1000)
        assert (payment.reason_code, payment.fee, balance(payer.debtor)) == ("AM04", 0, 1034)
        assert Payer("10.35").pay(1000).status == "ACCC"

    def test_are_known_beforehand(self) -> None:
        assert fee_for(Money(1000, CURRENCY), "internal").minor == 35
        assert fee_for(Money(1000, "SEK"), "internal").minor == 0

    def test_are_charged_for_each_payment_of_a_batch_as_for_one_alone(self) -> None:
        results = []
        for alone in (True, False):
            payer = Payer("30.00")
            amounts = (1000, 1000, 950, 890, 5)
            if alone:
                found = [p.reason_code or p.status for p in map(payer.pay, amounts)]
            else:
                boss = Employer(payer.person, payer.debtor, [payer.creditor])
                transfers = boss.transfers(*amounts, currency=CURRENCY)
                total = Money(sum(amounts), CURRENCY)
                found = outcomes(boss.execute(boss.announce(transfers, control_sum=total), transfers))
            results.append((found, balance(payer.debtor), balance(payer.creditor)))
        assert results[0] == results[1]
        assert results[0][0] == ["ACCC", "ACCC", "AM04", "ACCC", "AM04"]

    @pytest.mark.parametrize(
        "wrong",
        [{"fixed": -1}, {"least": -1}, {"most": -1}, {"basis_points": 10_001}, {"basis_points": -1},
         {"fixed": 10**9 + 1}, {"least": 5, "most": 4}],
    )  # fmt: skip
    def test_that_cannot_be_are_refused_when_asked_for(self, db: None, wrong: dict[str, int]) -> None:
        line = {"fixed": 0, "basis_points": 0, "least": 0, "most": None, **wrong}
        with pytest.raises(FeeOutOfBounds):
            asked("fee.set", "fx-SEK", **line)
        assert asked("fee.set", "fx-SEK", **{**line, **dict.fromkeys(wrong, 5)}).status == "PENDING"

    def test_are_set_by_two_and_the_database_insists(self) -> None:
        with pytest.raises(DatabaseError, match="nobody approved"), transaction.atomic():
            FeeRule.objects.filter(id=f"internal-{CURRENCY}").update(fixed=0)


class TestLimits:
    def test_hold_for_one_payment_and_for_the_day(self, db: None) -> None:
        payer = Payer()
        payer.lower(per_payment=600, per_day=1000)
        found = [payer.pay(minor).refusal or "paid" for minor in (601, 600, 401, 400, 1)]
        assert found == ["payment_limit_reached", "paid", "day_limit_reached", "paid", "day_limit_reached"]
        refused = Payment.objects.filter(debtor_account=payer.debtor, status="RJCT")
        assert {payment.reason_code for payment in refused} == {"AM02"}

    def test_a_refused_payment_uses_nothing_up(self, db: None) -> None:
        payer = Payer("5.00")
        payer.lower(per_day=1000)
        assert payer.pay(600).reason_code == "AM04"
        assert payer.pay(500).status == "ACCC"
        assert PaymentLimit.objects.get(account=payer.debtor).spent == 500

    def test_the_next_day_of_the_bank_begins_anew(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        payer = Payer()
        payer.lower(per_day=1000)
        assert payer.pay(1000).status == "ACCC"
        tomorrow = clock.now() + dt.timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda: tomorrow)
        assert payer.pay(1000).status == "ACCC"
        assert payer.pay(1).reason_code == "AM02"

    def test_what_was_paid_before_the_first_limit_counts(self, db: None) -> None:
        payer = Payer()
        payer.pay(700)
        payer.lower(per_day=1000)
        assert payer.pay(301).reason_code == "AM02"
        assert payer.pay(300).status == "ACCC"

    def test_hold_for_money_set_aside_too(self, db: None) -> None:
        payer = Payer()
        payer.lower(per_payment=600, per_day=1000)
        with pytest.raises(PaymentLimitReached):
            payer.set_aside(601)
        hold = payer.set_aside(600)
        with pytest.raises(DayLimitReached):
            payer.set_aside(401)
        capture_hold(hold.id, by=payer.payee.actor)
        assert payer.pay(401).reason_code == "AM02"
        assert payer.pay(400).status == "ACCC"

    def test_what_was_set_aside_before_the_first_limit_counts(self, db: None) -> None:
        payer = Payer()
        taken, given_up, _ = (payer.set_aside(minor) for minor in (500, 1000, 200))
        capture_hold(taken.id, amount=Money(300, CURRENCY), by=payer.payee.actor)
        void_hold(given_up.id, by=payer.payee.actor)
        payer.lower(per_day=1000)
        assert payer.pay(501).reason_code == "AM02"
        assert payer.pay(500).status == "ACCC"

    def test_of_ten_at_once_exactly_those_pass_that_fit(self, real_db: None) -> None:
        payer = Payer(currency="SEK")
        payer.lower(per_day=350)
        found = all_at_once(10, lambda: payer.pay(100).reason_code or "paid")
        assert sorted(found) == ["AM02"] * 7 + ["paid"] * 3
        assert balance(payer.debtor) == 10000 - 300

    def test_hold_for_a_batch_and_payments_beside_it(self, real_db: None) -> None:
        boss = employer("100.00")
        lower_limits(boss.debtor.id, per_payment=None, per_day=Money(650, "GBP"), by=boss.person.actor)
        wanted = boss.transfers(*[100] * 5)
        batch = boss.announce(wanted)
        single = PaymentOrder(boss.debtor.id, Money(100, "GBP"), boss.staff[0].id)
        all_at_once(
            5, lambda n: make_payment(single, by=boss.person.actor) if n else boss.execute(batch, wanted)
        )
        assert balance(boss.debtor) == 10000 - 600
        assert set(outcomes(batch)) <= {"ACCC", "AM02"}

    def test_cost_an_account_without_fee_and_limit_no_statement(self, db: None) -> None:
        counts = []
        for limited in (False, True):
            payer = Payer(currency="SEK")
            if limited:
                payer.lower(per_day=1000)
            with CaptureQueriesContext(connection) as queries:
                payer.pay(100)
            counts.append(sum("limit" in query["sql"].lower() for query in queries))
        assert counts[0] <= 1 < counts[1]


class TestChangingLimits:
    def test_are_lowered_at_once_and_raised_by_two(self, db: None) -> None:
        payer = Payer()
        payer.lower(per_payment=500)
        payer.lower(per_payment=400, per_day=900)
        for raised in ({"per_payment": 401, "per_day": 900}, {"per_payment": 400}, {}):
            with pytest.raises(RaiseNeedsApproval):
                payer.lower(**raised)
        agreed("account.limits", payer.debtor.id, per_payment=None, per_day=2000)
        row = PaymentLimit.objects.get(account=payer.debtor)
        assert (row.per_payment, row.per_day, row.version) == (None, 2000, 3)

    def test_the_database_insists(self, db: None) -> None:
        payer = Payer()
        payer.lower(per_payment=500)
        for change in ({"per_payment": 501}, {"per_payment": None}):
            with pytest.raises(DatabaseError, match="nobody approved"), transaction.atomic():
                PaymentLimit.objects.filter(account=payer.debtor).update(**change)

    def test_are_for_who_may_pay(self, real_db: None) -> None:
        payer, viewer = Payer(), someone()
        agreed("account.holder", payer.debtor.id, customer=viewer.customer_id, role="viewer")
        for person, error in ((viewer, NotAllowedToPay), (someone(), AccountNotFound)):
            with pytest.raises(error):
                payer.lower(per_day=1, by=person)

    def test_a_change_beside_payments_neither_deadlocks_nor_loses_count(self, real_db: None) -> None:
        payer = Payer(currency="SEK")
        payer.lower(per_day=5000)

        def act(number: int) -> None:
            if number % 2:
                payer.pay(100)
            else:
                payer.lower(per_day=5000)

        all_at_once(8, act)
        assert PaymentLimit.objects.get(account=payer.debtor).spent == 400

    def test_none_is_no_limit(self) -> None:
        assert not is_raised((None, None), (1, 1))
        assert is_raised((1, None), (None, None))
        assert is_raised((1, 1), (1, 2))


class TestApi:
    def test_limits_are_read_lowered_and_asked_for(self, real_db: None) -> None:
        payer = Payer(currency="GBP")
        app = signed_in(payer.person.user)
        path = f"/accounts/{payer.debtor.id}/limits"
        assert app.get(path).json == {"per_payment": None, "per_day": None}
        five = {"amount": "5.00", "currency": "GBP"}
        lowered = app.client.call("PUT", f"/v1{path}", app.token, {"per_day": five})
        assert (lowered.status, lowered.json) == (200, {"per_payment": None, "per_day": five})
        refused = app.client.call("PUT", f"/v1{path}", app.token, {})
        assert (refused.status, refused.json["code"]) == (422, "raise_needs_approval")
        asked = app.post(f"{path}/raise", {"per_day": {"amount": "50.00", "currency": "GBP"}})
        assert (asked.status, asked.json["status"]) == (202, "PENDING")
        approve(asked.json["id"], digest=asked.json["digest"], by=officer(APPROVER))
        assert app.get(path).json["per_day"]["amount"] == "50.00"
        wrong = app.client.call(
            "PUT", f"/v1{path}", app.token, {"per_day": {"amount": "5", "currency": "EUR"}}
        )
        assert (wrong.status, wrong.json["reason_code"]) == (422, "AM03")
        stranger = signed_in(someone().user)
        for method, where in (("GET", path), ("PUT", path), ("POST", f"{path}/raise")):
            assert (
                stranger.client.call(method, f"/v1{where}", stranger.token, {"per_day": five}).status == 404
            )

    def test_the_schedule_of_fees_is_public_to_customers(self, real_db: None) -> None:
        agreed("fee.set", "fx-NOK", fixed=100, basis_points=0, least=0, most=None)
        lines = signed_in(someone().user).get("/fees").json["data"]
        assert {"amount": "1.00", "currency": "NOK"} in [line["fixed"] for line in lines]

    def test_staff_ask_for_fees_and_rates(self, real_db: None) -> None:
        assert "terms:ask" in officer(TELLER).permissions
        assert "terms:ask" not in officer(APPROVER).permissions
