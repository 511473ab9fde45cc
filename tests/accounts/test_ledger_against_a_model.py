"""The bank's money against a plain model: whatever is done, in whatever order, both say the same.

Payments alone and in batches, their fees, refunds, exchange and holds. After every step money is conserved in
each currency, no account is below its limit, nothing is held below zero, numbers have no holes, and every
deferred rule of the database holds.
"""

import datetime as dt
import time
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from accounts import queries
from accounts.errors import AccountBlocked, HoldEnded, HoldTooSmall, InsufficientFunds, OverdraftInUse
from accounts.models import Account, Entry, Hold
from accounts.money import Money
from accounts.operations import capture_hold, place_hold, void_hold
from payments.models import Payment, PaymentBatch
from payments.operations import make_payment
from payments.operations.batches import NewBatch, announce_batch, execute_batch
from payments.operations.exchange import quote_exchange
from payments.operations.returns import refund_payment
from payments.queries.terms import fee_for
from payments.rules import PaymentOrder
from payments.rules.batches import Transfer
from tests.payments.test_exchange import set_to
from tests.support.customers import Someone, someone
from tests.support.staff import agreed

AMOUNTS = st.integers(1, 700)
POUNDS, EUROS, ANY = st.integers(0, 3), st.integers(4, 5), st.integers(0, 5)
BALANCES = [(0, "GBP"), (500, "GBP"), (1000, "GBP"), (2000, "GBP"), (0, "EUR"), (300, "EUR")]
BATCHES = st.lists(st.tuples(POUNDS, st.integers(1, 500)), min_size=1, max_size=6)
RATE = Decimal("1.1735")  # euros for a pound
SHORT = dt.timedelta(milliseconds=30)


@dataclass
class Purse:
    """What the model knows of one account."""

    owner: Someone
    account: Account
    booked: int
    limit: int = 0
    is_frozen: bool = False
    entries: list[int] = field(default_factory=list)
    holds: dict[str, tuple["Purse", int]] = field(default_factory=dict)

    @property
    def held(self) -> int:
        return sum(amount for _, amount in self.holds.values())

    def can_spend(self, amount: int) -> bool:
        return self.booked - self.held - amount >= -self.limit

    def book(self, amount: int) -> None:
        self.booked += amount
        self.entries.append(amount)


@dataclass
class PaidOnce:
    """What the model knows of a payment."""

    id: str
    payer: Purse
    payee: Purse
    left: int


class Bank(RuleBasedStateMachine):
    """Four accounts of four people, and everything that moves or holds money."""

    holds = Bundle("holds")
    payments = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint()

    def teardown(self) -> None:
        """Forget what this example did: the same steps must find the same bank, with the same fee."""
        transaction.savepoint_rollback(self.before)

    @initialize()
    def open(self) -> None:
        self.purses = []
        for balance, currency in BALANCES:
            owner = someone()
            account = owner.account(str(Money(balance, currency)), currency)
            entries = [balance] if balance else []
            self.purses.append(Purse(owner, account, balance, entries=entries))
        self.fee = fee_for(Money(1, "GBP"), "internal").minor
        set_to("GBP-EUR", str(RATE))

    @rule(target=payments, one=POUNDS, other=POUNDS, amount=AMOUNTS)
    def pay(self, one: int, other: int, amount: int) -> Any:
        payer, payee = self.purses[one], self.purses[other]
        order = PaymentOrder(payer.account.id, Money(amount, "GBP"), payee.account.id)
        payment = make_payment(order, by=payer.owner.actor)
        if payer is payee:
            assert payment.reason_code == "AG01"
        elif payer.is_frozen or payee.is_frozen:
            assert payment.reason_code in {"AC06", "AM04"}
        elif not payer.can_spend(amount + self.fee):
            assert payment.reason_code == "AM04"
        else:
            assert (payment.status, payment.fee) == ("ACCC", self.fee)
            payer.book(-amount)
            payee.book(amount)
            self.charge(payer)
            return PaidOnce(payment.id, payer, payee, amount)
        return multiple()

    @rule(target=payments, one=POUNDS, lines=BATCHES, atomic=st.booleans())
    def pay_a_batch(self, one: int, lines: list[tuple[int, int]], atomic: bool) -> Any:
        payer = self.purses[one]
        refused = self.refused_of(payer, lines)
        if atomic and any(refused):
            refused = [True] * len(lines)
        items = list(Payment.objects.filter(batch=self.sent(payer, lines, atomic)).order_by("batch_item"))
        assert [item.status == "RJCT" for item in items] == refused
        paid = [item for item in items if item.status == "ACCC"]
        found = []
        for item in paid:
            payee = self.purses[lines[item.batch_item - 1][0]]
            payer.book(-item.amount)
            payee.book(item.amount)
            found.append(PaidOnce(item.id, payer, payee, item.amount))
        for item in paid:
            assert item.fee == self.fee
            self.charge(payer)
        return multiple(*found)

    def refused_of(self, payer: Purse, lines: list[tuple[int, int]]) -> list[bool]:
        """Return which items one after the other cannot be paid."""
        spent, refused = 0, []
        for other, amount in lines:
            payee, cost = self.purses[other], amount + self.fee
            is_blocked = payer is payee or payer.is_frozen or payee.is_frozen
            refused.append(is_blocked or not payer.can_spend(spent + cost))
            spent += 0 if refused[-1] else cost
        return refused

    def sent(self, payer: Purse, lines: list[tuple[int, int]], atomic: bool) -> PaymentBatch:
        by, mode, sha256 = payer.owner.actor, "atomic" if atomic else "per_item", "0" * 64
        transfers = [Transfer(self.purses[to].account.id, Money(amount, "GBP")) for to, amount in lines]
        total = Money(sum(amount for _, amount in lines), "GBP")
        batch = announce_batch(NewBatch(payer.account.id, mode, len(lines), total, sha256), by=by)
        return execute_batch(batch.id, transfers, sha256=sha256, by=by)

    def charge(self, payer: Purse) -> None:
        if self.fee:
            payer.book(-self.fee)

    @rule(fixed=st.integers(0, 300))
    def change_the_fee(self, fixed: int) -> None:
        if fixed != self.fee:
            agreed("fee.set", "internal-GBP", fixed=fixed, basis_points=0, least=0, most=None)
            self.fee = fixed

    @rule(one=POUNDS, other=EUROS, amount=AMOUNTS, twice=st.booleans())
    def exchange(self, one: int, other: int, amount: int, twice: bool) -> None:
        payer, payee = self.purses[one], self.purses[other]
        by, sold = payer.owner.actor, Money(amount, "GBP")
        quote = quote_exchange(sold, unit_currency="GBP", quoted_currency="EUR", by=by)
        order = PaymentOrder(payer.account.id, sold, payee.account.id, fx_quote=quote.id)
        bought = int((RATE * amount).to_integral_value(ROUND_HALF_EVEN))
        payment = make_payment(order, by=by)
        if payer.is_frozen or payee.is_frozen:
            assert payment.reason_code in {"AC06", "AM04"}
        elif not payer.can_spend(amount):
            assert payment.reason_code == "AM04"
        else:
            assert (payment.status, payment.credited_amount) == ("ACCC", bought)
            payer.book(-amount)
            payee.book(bought)
            assert not twice or make_payment(order, by=by).reason_code == "AM05"

    @rule(paid=payments, amount=AMOUNTS)
    def refund(self, paid: PaidOnce, amount: int) -> None:
        refund = refund_payment(paid.id, amount=Money(amount, "GBP"), by=paid.payee.owner.actor)
        if amount > paid.left:
            assert refund.reason_code == "AM09"
        elif paid.payer.is_frozen or paid.payee.is_frozen:
            assert refund.reason_code in {"AC06", "AM04"}
        elif not paid.payee.can_spend(amount):
            assert refund.reason_code == "AM04"
        else:
            assert refund.status == "ACCC"
            paid.left -= amount
            paid.payee.book(-amount)
            paid.payer.book(amount)

    @rule(target=holds, one=POUNDS, other=POUNDS, amount=AMOUNTS, expires=st.booleans())
    def hold(self, one: int, other: int, amount: int, expires: bool) -> Any:
        payer, payee = self.purses[one], self.purses[other]
        if payer is payee:
            return multiple()
        until = timezone.now() + (SHORT if expires else dt.timedelta(days=1))
        try:
            hold = place_hold(
                payer.account.id,
                payee.account.id,
                amount=Money(amount, "GBP"),
                until=until,
                by=payer.owner.actor,
            )
        except AccountBlocked:
            assert payer.is_frozen
            return multiple()
        except InsufficientFunds:
            assert not payer.can_spend(amount)
            return multiple()
        assert payer.can_spend(amount)
        assert not payer.is_frozen
        if expires:
            time.sleep(SHORT.total_seconds())  # from here on it holds nothing, for the model as for the bank
        else:
            payer.holds[hold.id] = (payee, amount)
        return hold.id, payer, payee

    @rule(held=holds, amount=AMOUNTS)
    def capture(self, held: tuple[str, Purse, Purse], amount: int) -> None:
        hold_id, payer, payee = held
        known = payer.holds.get(hold_id)
        try:
            capture_hold(hold_id, amount=Money(amount, "GBP"), by=payee.owner.actor)
        except HoldEnded:
            assert known is None
        except HoldTooSmall:
            assert known is not None
            assert amount > known[1]
        except AccountBlocked:
            assert payer.is_frozen or payee.is_frozen
        else:
            assert known is not None
            del payer.holds[hold_id]
            payer.book(-amount)
            payee.book(amount)

    @rule(held=holds)
    def void(self, held: tuple[str, Purse, Purse]) -> None:
        hold_id, payer, payee = held
        try:
            void_hold(hold_id, by=payee.owner.actor)
        except HoldEnded:
            assert hold_id not in payer.holds
        else:
            del payer.holds[hold_id]

    @rule(one=ANY)
    def freeze_or_release(self, one: int) -> None:
        purse = self.purses[one]
        agreed("account.unfreeze" if purse.is_frozen else "account.freeze", purse.account.id)
        purse.is_frozen = not purse.is_frozen

    @rule(one=POUNDS, limit=st.integers(0, 800))
    def change_overdraft(self, one: int, limit: int) -> None:
        purse = self.purses[one]
        try:
            agreed("account.overdraft", purse.account.id, minor=limit, currency="GBP")
        except OverdraftInUse:
            assert purse.booked - self.kept(purse).held < -limit
        else:
            purse.limit = limit

    def kept(self, purse: Purse) -> Account:
        return Account.objects.get(id=purse.account.id)

    @invariant()
    def each_account_is_as_the_model_says(self) -> None:
        for purse in getattr(self, "purses", []):
            kept = self.kept(purse)
            assert (kept.booked, kept.overdraft_limit) == (purse.booked, purse.limit)
            assert queries.held_now([kept]).get(kept.id, 0) == purse.held
            assert kept.held >= purse.held >= 0
            assert kept.booked - kept.held >= -kept.overdraft_limit

    @invariant()
    def numbers_and_running_balances_have_no_holes(self) -> None:
        for purse in getattr(self, "purses", []):
            rows = Entry.objects.filter(account_id=purse.account.id).order_by("seq")
            found = [(e.seq, e.amount if e.direction == "CRDT" else -e.amount, e.balance_after) for e in rows]
            balances = [sum(purse.entries[: n + 1]) for n in range(len(purse.entries))]
            expected = list(zip(range(1, len(balances) + 1), purse.entries, balances, strict=True))
            assert found == expected

    @invariant()
    def money_is_conserved(self) -> None:
        for currency in ("GBP", "EUR"):
            accounts = Account.objects.filter(currency=currency)
            totals = accounts.aggregate(booked=Sum("booked"), held=Sum("held"))
            assert totals["booked"] == 0
            open_holds = Hold.objects.filter(currency=currency, status="OPEN").aggregate(total=Sum("amount"))
            assert (totals["held"] or 0) == (open_holds["total"] or 0)

    @invariant()
    def the_databases_own_rules_hold(self) -> None:
        connection.check_constraints()


@pytest.mark.slow
def test_the_bank_and_the_model_say_the_same(db: None) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Bank,
        settings=settings(
            max_examples=14,
            stateful_step_count=24,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
