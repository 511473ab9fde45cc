"""The ledger's one write: locks in order, all or nothing, numbers without holes."""

from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import AccountBlocked, AccountClosed, InsufficientFunds, UnknownAccount
from accounts.models import Account, Entry, Posting
from accounts.money import CurrencyMismatch, Money
from accounts.operations import Line, NewPosting, close_account, post_entries
from bank.errors import Refused
from bank.public_ids import new
from tests.oauth.threads import all_at_once
from tests.support.customers import BY, move, someone
from tests.support.examples import examples
from tests.support.staff import agreed, restricted


def balance(account: Account) -> int:
    return Account.objects.get(id=account.id).booked


class TestPostEntries:
    def test_moves_money_and_numbers_both_sides(self, db: None) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        booked = move(one, other, "4.00")
        assert [line.balance_after for line in booked] == [600, 400]
        assert [line.seq for line in booked] == [2, 1]
        assert (balance(one), balance(other)) == (600, 400)

    def test_refuses_more_than_there_is_and_writes_nothing(self, db: None) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        with pytest.raises(InsufficientFunds):
            move(one, other, "10.01")
        assert (balance(one), balance(other)) == (1000, 0)

    def test_allows_exactly_what_there_is(self, db: None) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        move(one, other, "10.00")
        assert (balance(one), balance(other)) == (0, 1000)

    @pytest.mark.parametrize(
        ("status", "error"),
        [("FROZEN", AccountBlocked), ("PENDING", AccountBlocked), ("DEBIT_BLOCKED", AccountBlocked)],
    )
    def test_refuses_to_take_from_a_blocked_account(
        self, db: None, status: str, error: type[Refused]
    ) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        one = restricted(one, status)
        with pytest.raises(error):
            move(one, other, "1.00")

    def test_takes_in_money_for_an_account_blocked_for_debits_only(self, db: None) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        restricted(other, "DEBIT_BLOCKED")
        move(one, other, "1.00")
        agreed("account.unblock", other.id)
        restricted(other, "CREDIT_BLOCKED")
        with pytest.raises(AccountBlocked):
            move(one, other, "1.00")

    def test_refuses_a_closed_account(self, db: None) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        close_account(other.id, by=BY)
        with pytest.raises(AccountClosed):
            move(one, other, "1.00")

    def test_refuses_another_currency_than_the_accounts(self, db: None) -> None:
        person = someone()
        one, euros = person.account("10.00"), person.account(currency="EUR")
        with pytest.raises(CurrencyMismatch):
            move(one, euros, "1.00")

    def test_refuses_an_account_that_is_not_there(self, db: None) -> None:
        one = someone().account("10.00")
        lines = (Line(one.id, Money(-100, "GBP")), Line(new("acc"), Money(100, "GBP")))
        with pytest.raises(UnknownAccount), transaction.atomic():
            post_entries([NewPosting(kind="transfer", lines=lines)])

    @pytest.mark.parametrize("credit", [99, 101])
    def test_refuses_lines_that_do_not_cancel_out(self, db: None, credit: int) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        lines = (Line(one.id, Money(-100, "GBP")), Line(other.id, Money(credit, "GBP")))
        with pytest.raises(ValueError, match="sum to zero"):
            post_entries([NewPosting(kind="transfer", lines=lines)])

    def test_books_many_postings_all_or_none(self, db: None) -> None:
        person = someone()
        one, other = person.account("10.00"), person.account()
        amounts = [Money(minor, "GBP") for minor in (300, 300, 300, 300)]
        batch = [NewPosting(kind="transfer", lines=(Line(one.id, -m), Line(other.id, m))) for m in amounts]
        before = Posting.objects.count()
        with pytest.raises(InsufficientFunds):
            post_entries(batch)
        assert (Posting.objects.count(), balance(one)) == (before, 1000)
        post_entries(batch[:3])
        assert (balance(one), balance(other)) == (100, 900)


class TestRaces:
    def test_fifty_at_once_spend_a_hundred_ten_times(self, real_db: None) -> None:
        person = someone()
        one, other = person.account("100.00"), person.account()

        def pay() -> bool:
            try:
                move(one, other, "10.00")
            except InsufficientFunds:
                return False
            return True

        assert sum(all_at_once(50, pay)) == 10
        assert (balance(one), balance(other)) == (0, 10_000)
        seqs = Entry.objects.filter(account=other).order_by("seq").values_list("seq", flat=True)
        assert list(seqs) == list(range(1, 11))

    def test_opposing_transfers_never_deadlock(self, real_db: None) -> None:
        person = someone()
        one, other = person.account("100.00"), person.account("100.00")

        def pay(number: int) -> None:
            move(*((one, other) if number % 2 else (other, one)), "1.00")

        all_at_once(50, pay)
        assert balance(one) + balance(other) == 20_000

    def test_closing_and_paying_exclude_each_other(self, real_db: None) -> None:
        person = someone()
        for _ in range(5):
            one, other = person.account("1.00"), person.account()

            def act(number: int, one: Account = one, other: Account = other) -> Any:
                return close_account(other.id, by=BY) if number else move(one, other, "1.00")

            outcomes = all_at_once(2, lambda n, act=act: _outcome(act, n))
            other.refresh_from_db()
            assert (other.status == "CLOSED") == (other.booked == 0)
            assert sorted(map(bool, outcomes)) == [False, True]

    def test_a_late_commit_is_not_lost_by_a_page(self, real_db: None) -> None:
        """Numbers are given under the lock: nothing can appear behind a page that was read."""
        person = someone()
        one, other = person.account("100.00"), person.account()
        meet = Barrier(2)

        def slowly(number: int) -> list[int]:
            if number:
                meet.wait(10)
                move(one, other, "1.00")
                return []
            with transaction.atomic():
                move(one, other, "2.00")
                meet.wait(10)
                return list(Entry.objects.filter(account=other).values_list("seq", flat=True))

        seen, _ = all_at_once(2, slowly)
        assert seen == [1]
        assert list(Entry.objects.filter(account=other).order_by("seq").values_list("amount", flat=True)) == [
            200,
            100,
        ]


def _outcome(act: Any, number: int) -> Any:
    from accounts.errors import AccountNotEmpty

    try:
        return act(number)
    except (AccountNotEmpty, AccountClosed):
        return None


class TestAgainstAPlainModel:
    @settings(
        max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 700)), max_size=25),
        st.lists(st.integers(0, 500), min_size=3, max_size=3),
    )
    def test_money_is_conserved_and_numbers_have_no_holes(
        self, db: None, moves: list[tuple[int, int, int]], opening: list[int]
    ) -> None:
        person = someone()
        accounts = [person.account(str(Money(minor, "GBP"))) for minor in opening]
        model = list(opening)
        for source, target, minor in moves:
            if source == target:
                continue
            paid = model[source] >= minor
            try:
                move(accounts[source], accounts[target], str(Money(minor, "GBP")))
                assert paid
            except InsufficientFunds:
                assert not paid
                continue
            model[source] -= minor
            model[target] += minor
        assert [balance(account) for account in accounts] == model
        for account in accounts:
            entries = list(Entry.objects.filter(account=account).order_by("seq"))
            assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            came_in = sum(entry.amount for entry in entries if entry.direction == "CRDT")
            went_out = sum(entry.amount for entry in entries if entry.direction == "DBIT")
            assert came_in - went_out == balance(account)

    def test_every_currency_sums_to_zero_over_the_whole_bank(self, db: None) -> None:
        person = someone()
        move(person.account("5.00"), person.account(), "2.00")
        person.account("7", currency="JPY")
        totals = (
            Account.objects.values("currency").annotate(total=Sum("booked")).values_list("total", flat=True)
        )
        assert set(totals) == {0}
