"""Batches: exactly what was announced, once, and as if each had been paid alone."""

from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import AccountNotFound
from accounts.models import Account, Posting
from accounts.money import CurrencyMismatch, Money
from bank.errors import BankError
from bank.public_ids import decode, new
from payments.errors import (
    BatchCountMismatch,
    BatchHashMismatch,
    BatchNotFound,
    BatchSumMismatch,
    NotAllowedToPay,
    ZeroAmount,
)
from payments.models import Payment, PaymentBatch
from payments.operations import make_payment
from payments.operations.batches import execute_batch
from payments.rules import PaymentOrder
from payments.rules.batches import Transfer
from tests.oauth.threads import all_at_once
from tests.payments.batching import Employer, digest, employer, outcomes
from tests.payments.test_make_payment import balance
from tests.support.customers import someone
from tests.support.examples import examples
from tests.support.staff import agreed, restricted


class TestAnnounce:
    def test_waits_for_its_file_and_pays_nothing(self, db: None) -> None:
        boss = employer()
        batch = boss.announce(boss.transfers(100, 200))
        assert (batch.status, batch.executed_at, balance(boss.debtor)) == ("RCVD", None, 1000)

    def test_is_for_who_may_pay(self, real_db: None) -> None:
        boss, viewer = employer(), someone()
        agreed("account.holder", boss.debtor.id, customer=viewer.customer_id, role="viewer")
        for person, error in ((viewer, NotAllowedToPay), (someone(), AccountNotFound)):
            other = Employer(person, boss.debtor, boss.staff)
            with pytest.raises(error):
                other.announce(boss.transfers(100))

    @pytest.mark.parametrize(
        ("control_sum", "error"),
        [(Money(0, "GBP"), ZeroAmount), (Money(100, "EUR"), CurrencyMismatch)],
    )
    def test_refuses_a_sum_that_cannot_be(self, db: None, control_sum: Money, error: Any) -> None:
        boss = employer()
        with pytest.raises(error):
            boss.announce(boss.transfers(100), control_sum=control_sum)


class TestPerItem:
    def test_pays_what_can_be_paid_in_the_order_of_the_file(self, db: None) -> None:
        boss = employer("10.00")
        batch = boss.pay(boss.transfers(600, 500, 300, 200, 100))
        assert outcomes(batch) == ["ACCC", "AM04", "ACCC", "AM04", "ACCC"]
        assert batch.status == "PART"
        assert balance(boss.debtor) == 0

    def test_says_why_for_each(self, db: None) -> None:
        boss = employer("10.00")
        frozen, closed = someone().account(), someone().account()
        frozen, closed = restricted(frozen, "FROZEN"), restricted(closed, "CLOSED")
        one = Money(100, "GBP")
        batch = boss.pay(
            [
                Transfer(new("acc"), one),
                Transfer(boss.debtor.id, one),
                Transfer(frozen.id, one),
                Transfer(closed.id, one),
                Transfer(someone().account(currency="EUR").id, one),
                Transfer(boss.staff[0].id, Money(0, "GBP")),
                Transfer(boss.staff[0].id, one),
            ]
        )
        assert outcomes(batch) == ["AC03", "AG01", "AC06", "AC04", "AM03", "AM01", "ACCC"]

    def test_never_pays_the_banks_own_accounts(self, db: None) -> None:
        boss = employer()
        inside = Account.objects.get(kind="settlement", currency="GBP")
        batch = boss.pay([Transfer(inside.id, Money(1, "GBP"))])
        assert (outcomes(batch), batch.status) == (["AC03"], "RJCT")

    def test_each_payment_has_its_posting_and_its_event(self, db: None) -> None:
        boss = employer()
        batch = boss.pay(boss.transfers(1, 2))
        for item in Payment.objects.filter(batch=batch):
            posting = Posting.objects.get(id=item.posting_id)
            assert (posting.audit_event_id, posting.reference) == (item.last_event_id, item.reference)


class TestAtomic:
    def test_pays_all(self, db: None) -> None:
        boss = employer("10.00", staff=3)
        batch = boss.pay(boss.transfers(500, 300, 200), "atomic")
        assert (batch.status, outcomes(batch)) == ("ACCC", ["ACCC"] * 3)
        assert [balance(account) for account in boss.staff] == [200, 500, 300]

    def test_or_none_and_says_whose_fault_it_was(self, db: None) -> None:
        boss = employer("10.00")
        batch = boss.pay(boss.transfers(500, 501, 499), "atomic")
        assert (batch.status, outcomes(batch)) == ("RJCT", ["ED05", "AM04", "ED05"])
        assert balance(boss.debtor) == 1000


class TestFile:
    def test_that_is_not_what_was_announced_changes_nothing(self, db: None) -> None:
        boss = employer()
        wanted = boss.transfers(100, 200)
        batch = boss.announce(wanted)
        short, other = wanted[:1], boss.transfers(100, 201)
        for file, sha256, error in (
            (wanted, "0" * 64, BatchHashMismatch),
            (short, digest(wanted), BatchCountMismatch),
            (other, digest(wanted), BatchSumMismatch),
            (boss.transfers(100, 200, currency="EUR"), digest(wanted), CurrencyMismatch),
        ):
            with pytest.raises(error):
                execute_batch(batch.id, file, sha256=sha256, by=boss.person.actor)
        assert not Payment.objects.filter(batch=batch).exists()
        assert boss.execute(batch, wanted).status == "ACCC"

    def test_again_changes_nothing(self, db: None) -> None:
        boss = employer()
        wanted = boss.transfers(100)
        batch = boss.pay(wanted)
        assert boss.execute(batch, wanted).executed_at == batch.executed_at
        assert balance(boss.debtor) == 900

    def test_of_somebody_else_finds_no_batch(self, db: None) -> None:
        boss = employer()
        wanted = boss.transfers(100)
        batch = boss.announce(wanted)
        for batch_id in (batch.id, new("bat"), "bat_nonsense"):
            with pytest.raises(BatchNotFound):
                execute_batch(batch_id, wanted, sha256=batch.sha256, by=someone().actor)

    def test_costs_as_many_statements_for_a_hundred_as_for_two(self, db: None) -> None:
        boss = employer("100.00", staff=5)
        counts = []
        for size in (2, 100):
            transfers = boss.transfers(*[1] * size)
            batch = boss.announce(transfers)
            with CaptureQueriesContext(connection) as queries:
                boss.execute(batch, transfers)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 12


AMOUNTS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 5)), min_size=1, max_size=12).filter(
    lambda asked: any(amount for amount, _ in asked)
)


class TestAsIfEachWerePaidAlone:
    @given(asked=AMOUNTS, overdraft=st.sampled_from([0, 250]))
    @settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
    def test_whatever_is_in_the_file(self, db: None, asked: list[tuple[int, int]], overdraft: int) -> None:
        results = [self.paid(one, asked, overdraft) for one in (True, False)]
        assert results[0] == results[1]

    def paid(self, alone: bool, asked: list[tuple[int, int]], overdraft: int) -> Any:
        """Pay these to accounts of every sort, one by one or in a batch; return what became of each."""
        boss = employer("7.00")
        agreed("account.overdraft", boss.debtor.id, minor=overdraft, currency="GBP")
        sorts = [
            boss.staff[0].id,
            boss.staff[1].id,
            restricted(someone().account(), "FROZEN").id,
            restricted(someone().account(), "DEBIT_BLOCKED").id,
            boss.debtor.id,
            new("acc"),
        ]
        transfers = [Transfer(sorts[to], Money(amount, "GBP")) for amount, to in asked]
        if alone:
            by = boss.person.actor
            orders = [PaymentOrder(boss.debtor.id, t.amount, t.creditor_account) for t in transfers]
            payments = [make_payment(order, by=by) for order in orders]
            found = [payment.refusal or payment.status for payment in payments]
        else:
            batch = boss.pay(transfers)
            items = Payment.objects.filter(batch=batch).order_by("batch_item")
            found = [item.refusal or item.status for item in items]
        return found, [balance(account) for account in (boss.debtor, *boss.staff)]


class TestRaces:
    def test_the_same_file_twenty_times_at_once_is_paid_once(self, real_db: None) -> None:
        boss = employer("10.00")
        wanted = boss.transfers(300, 200)
        batch = boss.announce(wanted)
        results = all_at_once(20, lambda: boss.execute(batch, wanted).status)
        assert set(results) == {"ACCC"}
        assert balance(boss.debtor) == 500
        assert Payment.objects.filter(batch=batch).count() == 2

    def test_beside_single_payments_nothing_is_spent_twice(self, real_db: None) -> None:
        boss = employer("10.00")
        wanted = boss.transfers(*[100] * 10)
        batch = boss.announce(wanted)
        single = PaymentOrder(boss.debtor.id, Money(100, "GBP"), boss.staff[0].id)

        def act(number: int) -> None:
            if number:
                make_payment(single, by=boss.person.actor)
            else:
                boss.execute(batch, wanted)

        all_at_once(9, act)
        done = Payment.objects.filter(debtor_account_id=boss.debtor.id, status="ACCC").count()
        assert (done, balance(boss.debtor)) == (10, 0)
        assert sum(balance(account) for account in boss.staff) == 1000

    def test_beside_a_freeze_it_comes_before_or_after(self, real_db: None) -> None:
        for _ in range(4):
            boss = employer("10.00")
            wanted = boss.transfers(100, 100)
            batch = boss.announce(wanted)

            def act(number: int, boss: Employer = boss, batch: PaymentBatch = batch) -> None:
                if number:
                    restricted(boss.debtor, "FROZEN")
                else:
                    boss.execute(batch, boss.transfers(100, 100))

            all_at_once(2, act)
            assert (set(outcomes(batch)), balance(boss.debtor)) in (({"ACCC"}, 800), ({"AC06"}, 1000))

    def test_opposing_batches_do_not_deadlock(self, real_db: None) -> None:
        one, two = employer("10.00"), employer("10.00")
        one.staff, two.staff = [two.debtor, *two.staff], [one.debtor, *one.staff]
        all_at_once(8, lambda number: (one, two)[number % 2].pay((one, two)[number % 2].transfers(*[1] * 30)))
        assert sum(balance(a) for a in {a.id: a for a in (*one.staff, *two.staff)}.values()) == 2000


class TestDatabaseRules:
    def insists(self, batch: PaymentBatch, word: str, **fields: Any) -> None:
        with pytest.raises(IntegrityError, match=word), transaction.atomic():  # noqa: PT012 - some rules wait
            PaymentBatch.objects.filter(id=batch.id).update(**fields)
            connection.check_constraints()

    def test_a_batch_is_what_was_announced(self, db: None) -> None:
        boss = employer()
        batch = boss.announce(boss.transfers(100))
        self.insists(batch, "batch_awaits_its_file_or_was_executed", status="ACCC")
        self.insists(batch, "not what was announced", status="RJCT", executed_at="2026-01-01T00:00:00Z")

    def test_it_is_executed_once(self, db: None) -> None:
        boss = employer()
        self.insists(boss.pay(boss.transfers(100)), "executed once", status="RCVD", executed_at=None)

    def test_what_was_announced_never_changes(self, real_db: None, database_urls: dict[str, str]) -> None:
        boss = employer()
        batch = boss.announce(boss.transfers(100))
        with psycopg.connect(database_urls["bank_app"]) as application:
            for change in ("control_sum = 1", "sha256 = repeat('0', 64)", "mode = 'atomic'"):
                statement = f"UPDATE payments_paymentbatch SET {change} WHERE id = %s"  # noqa: S608 - ours
                with pytest.raises(psycopg.errors.InsufficientPrivilege), application.transaction():
                    application.execute(statement, [decode("bat", batch.id)])

    def test_an_error_at_the_end_leaves_nothing(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        boss = employer()
        wanted = boss.transfers(100)
        batch = boss.announce(wanted)

        def breaks(*_: Any, **__: Any) -> None:
            raise BankError("broken on purpose")

        monkeypatch.setattr("payments.operations.batch_items.write_all", breaks)
        with pytest.raises(BankError):
            boss.execute(batch, wanted)
        assert PaymentBatch.objects.get(id=batch.id).status == "RCVD"
        assert balance(boss.debtor) == 1000
