"""Whose it is: a person's own, an app's those in its consent; somebody else's is not found."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import queries
from accounts.errors import AccountNotFound, CustomerNotFound, TransactionNotFound
from accounts.models import Account, ConsentAccount, Entry
from accounts.money import Money
from accounts.queries import TransactionFilter
from audit.actor import ANONYMOUS, Actor, system
from bank.public_ids import new
from oauth.operations import revoke_consent
from tests.accounts.test_statements import moved
from tests.oauth.threads import all_at_once
from tests.support.customers import deposit, move, someone, staff
from tests.support.examples import examples

EVERYTHING = TransactionFilter()
BANK = system("tests")


def refuses(account_id: str, actor: Actor) -> bool:
    try:
        queries.get_account(account_id, owned_by=actor)
    except AccountNotFound:
        return True
    return False


class TestGetAccount:
    def test_gives_a_person_their_own(self, db: None) -> None:
        person = someone()
        account = person.account()
        assert queries.get_account(account.id, owned_by=person.actor) == account

    def test_hides_somebody_elses_unknown_and_malformed_ids_alike(self, db: None) -> None:
        person, other = someone(), someone()
        for account_id in (other.account().id, new("acc"), "acc_", "nonsense", new("pay")):
            assert refuses(account_id, person.actor)

    def test_gives_an_app_what_was_shared_and_no_more(self, db: None) -> None:
        person = someone()
        shared, hidden = person.account(), person.account()
        app = person.app([shared])
        assert not refuses(shared.id, app)
        assert refuses(hidden.id, app)
        assert [account.id for account in queries.list_accounts(owned_by=app)] == [shared.id]

    def test_hides_an_account_withdrawn_from_the_consent(self, db: None) -> None:
        person = someone()
        account = person.account()
        app = person.app([account])
        ConsentAccount.objects.filter(account=account).update(state="withdrawn")
        assert refuses(account.id, app)

    def test_gives_staff_any_and_nobody_none(self, db: None) -> None:
        account = someone().account()
        assert not refuses(account.id, staff())
        assert refuses(account.id, ANONYMOUS)
        assert refuses(account.id, system("tests"))

    def test_never_shows_the_banks_own_accounts(self, db: None) -> None:
        outside = queries.get_settlement_account("GBP")
        assert refuses(outside.id, staff())


class TestListAccounts:
    def test_goes_on_after_one(self, db: None) -> None:
        person = someone()
        opened = [person.account().id for _ in range(4)]
        first = queries.list_accounts(owned_by=person.actor, limit=2)
        rest = queries.list_accounts(owned_by=person.actor, after=first[-1].id)
        assert [account.id for account in [*first, *rest]] == opened

    def test_shows_a_joint_account_to_both(self, db: None) -> None:
        person, partner = someone(), someone()
        account = person.account(holders={partner.customer_id: "joint"})
        assert not refuses(account.id, partner.actor)


class TestGetCustomer:
    def test_is_the_one_who_acts(self, db: None) -> None:
        person = someone()
        assert queries.get_customer(owned_by=person.actor).id == person.customer_id

    def test_is_not_found_for_who_is_none(self, db: None) -> None:
        with pytest.raises(CustomerNotFound):
            queries.get_customer(owned_by=staff())


class TestBalanceAt:
    def test_finds_each_moment_of_a_long_history(self, db: None) -> None:
        """Of entries booked at one moment the last counts, also where it is the one that is in the index."""
        account = someone().account()
        start = timezone.now() + dt.timedelta(hours=1)  # after all others booked: moments never go back
        booked = [start + dt.timedelta(hours=number // 3) for number in range(150)]
        for moment in booked:
            deposit(account.id, Money(1, "GBP"), booked_at=moment)
        for asked in {moment + dt.timedelta(microseconds=us) for moment in booked for us in (-1, 0, 1)}:
            expected = sum(moment <= asked for moment in booked)
            assert queries.balance_at(account, asked).minor == expected

    def test_is_the_running_balance_of_that_moment(self, db: None) -> None:
        account, other = someone().account(), someone().account()
        start = timezone.now() + dt.timedelta(hours=1)
        moments = [start + dt.timedelta(days=day) for day in range(3)]
        for number, moment in enumerate(moments, 1):
            deposit(account.id, Money(100 * number, "GBP"), booked_at=moment)
        found = [queries.balance_at(account, moment).minor for moment in moments]
        assert found == [100, 300, 600]
        assert queries.balance_at(account, moments[0] - dt.timedelta(microseconds=1)).minor == 0
        assert queries.balance_at(account, moments[1] + dt.timedelta(hours=5)).minor == 300
        assert queries.balance_at(other, moments[2]).minor == 0


def pages(
    account: Account, limit: int, asked: TransactionFilter = EVERYTHING, after: int | None = None
) -> list[int]:
    """Read every page as the API does: one more than shown says whether there is another."""
    seen: list[int] = []
    while True:
        rows = queries.list_transactions(account, seen_by=BANK, asked=asked, after_seq=after, limit=limit + 1)
        seen += [row.seq for row in rows[:limit]]
        if len(rows) <= limit:
            return seen
        after = rows[limit - 1].seq


class TestListTransactions:
    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
    def test_comes_in_pages_that_lose_and_repeat_nothing(self, db: None, limit: int) -> None:
        account, other = someone().account("100.00"), someone().account()
        for _ in range(6):
            move(account, other, "1.00")
        assert pages(account, limit) == [7, 6, 5, 4, 3, 2, 1]

    def test_stays_whole_while_others_book(self, real_db: None) -> None:
        account, other = someone().account("100.00"), someone().account()
        for _ in range(10):
            move(account, other, "1.00")

        def act(number: int) -> Any:
            return pages(account, 2) if number < 3 else [move(account, other, "1.00") for _ in range(4)]

        for seen in all_at_once(6, act)[:3]:
            assert seen == list(range(seen[0], 0, -1))
            assert seen[0] >= 11

    @settings(
        max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        since=st.none() | st.integers(0, 8),
        before=st.none() | st.integers(0, 8),
        direction=st.sampled_from([None, "CRDT", "DBIT"]),
        low=st.none() | st.integers(0, 900),
        high=st.none() | st.integers(0, 900),
        words=st.sampled_from([None, "rent", "RENT", "no such", "%", "_"]),
    )
    def test_filters_like_a_plain_loop(
        self, history: Account, since, before, direction, low, high, words
    ) -> None:  # type: ignore[no-untyped-def]
        moment = history.last_booked_at
        assert moment is not None
        asked = TransactionFilter(
            since=since if since is None else moment - dt.timedelta(days=since),
            before=before if before is None else moment - dt.timedelta(days=before),
            direction=direction,
            min_minor=low,
            max_minor=high,
            words=words,
        )
        expected = [entry.seq for entry in _all(history) if _matches(entry, asked)]
        assert pages(history, 3, asked) == expected


@pytest.fixture
def history(db: None) -> Account:
    """An account with nine entries over eight days, in and out."""
    account = someone().account()
    start = timezone.now() + dt.timedelta(hours=1)
    words = ("Rent for May", "groceries", "50% off", "a_b", "", "RENT", "rent", "in", "no such thing")
    for day, (minor, reference) in enumerate(
        zip((900, -100, 200, -300, 5, -500, 600, -1, 900), words, strict=True)
    ):
        moved(account, minor, start + dt.timedelta(days=day), reference)
    return Account.objects.get(id=account.id)


def _all(account: Account) -> list[Entry]:
    return list(Entry.objects.filter(account=account).select_related("posting").order_by("-seq"))


def _matches(entry: Entry, asked: TransactionFilter) -> bool:
    words = (asked.words or "").lower()
    return (
        (asked.since is None or entry.booked_at >= asked.since)
        and (asked.before is None or entry.booked_at < asked.before)
        and asked.direction in (None, entry.direction)
        and (asked.min_minor is None or entry.amount >= asked.min_minor)
        and (asked.max_minor is None or entry.amount <= asked.max_minor)
        and (words in entry.posting.reference.lower() or words in entry.posting.merchant_name.lower())
    )


class TestGetTransaction:
    def test_is_found_on_its_own_account_only(self, db: None) -> None:
        person = someone()
        one, other = person.account("5.00"), person.account("5.00")
        entry = Entry.objects.get(account=one)
        assert queries.get_transaction(one, entry.id, seen_by=BANK).id == entry.id
        for account, entry_id in ((other, entry.id), (one, new("txn")), (one, "nonsense")):
            with pytest.raises(TransactionNotFound):
                queries.get_transaction(account, entry_id, seen_by=BANK)


class TestHowFarBack:
    def test_an_app_sees_twelve_months_and_the_person_everything(self, db: None) -> None:
        person = someone()
        account = person.account(name="Old", currency="CLF")
        now = timezone.now()
        for days in (400, 367, 364, 1):
            deposit(account.id, Money(days, "CLF"), booked_at=now - dt.timedelta(days=days))
        app = person.app([account])

        def seen(actor: Actor) -> list[int]:
            rows = queries.list_transactions(account, seen_by=actor, asked=EVERYTHING, limit=10)
            return [row.amount for row in rows]

        assert seen(app) == [1, 364]
        assert seen(person.actor) == [1, 364, 367, 400]
        oldest = Entry.objects.get(account=account, amount=400)
        with pytest.raises(TransactionNotFound):
            queries.get_transaction(account, oldest.id, seen_by=app)


class TestAccountInformation:
    def test_offers_every_account_and_says_why_one_cannot_be_chosen(self, db: None) -> None:
        from accounts.authorization_details import AccountInformation
        from accounts.operations import close_account
        from tests.support.customers import BY

        person, owner = someone(), someone()
        mine, closed = person.account("3.00", name="Mine"), person.account(name="Old")
        close_account(closed.id, by=BY)
        theirs = owner.account(holders={person.customer_id: "viewer"})
        offered = {choice.value: choice for choice in AccountInformation().choices(person.user)}
        assert offered[mine.id].eligible
        assert offered[mine.id].amount_text == "£3.00"
        assert not offered[closed.id].eligible
        assert "closed" in offered[closed.id].why_not
        assert not offered[theirs.id].eligible

    def test_keeps_each_account_and_why_it_is_not_included(self, db: None) -> None:
        person = someone()
        shared, left_out = person.account(), person.account()
        app = person.app([shared])
        rows = {row.account_id: row for row in ConsentAccount.objects.filter(consent_id=app.consent_id)}
        assert (rows[shared.id].state, rows[shared.id].reason) == ("included", "")
        assert (rows[left_out.id].state, rows[left_out.id].reason) == ("omitted", "Not chosen")

    def test_never_includes_somebody_elses(self, db: None) -> None:
        person, other = someone(), someone()
        theirs = other.account()
        app = person.app([theirs])
        assert not ConsentAccount.objects.filter(consent_id=app.consent_id, account=theirs).exists()
        revoke_consent(str(app.consent_id), by=person.actor)
