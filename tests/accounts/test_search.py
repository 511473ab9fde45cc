"""Search by the index of a long history: what is found without it, whatever is indexed; and what it reads."""

import datetime as dt
import math
import threading
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, SearchAmounts, SearchIndex, SearchPage
from accounts.money import Money
from accounts.operations import (
    Line,
    NewPosting,
    index_all_histories,
    index_histories,
    index_history,
    post_entries,
)
from accounts.operations.search import USUAL, Shape
from accounts.queries import TransactionFilter, get_settlement_account, list_transactions
from audit.actor import Actor, system
from audit.operations import record
from bank.public_ids import decode, encode, uuid7
from tests.accounts.test_queries import pages
from tests.oauth.threads import all_at_once
from tests.support.customers import BY, someone
from tests.support.examples import examples

BANK = system("tests")
SMALL = Shape(block=3, fan=2, letters=3, page=2)
AMOUNTS = st.integers(-4, 6).filter(bool)
ODD = "aAbB%_\\ éÉİ\u0131\u017f\u212a\x01,日"  # what patterns, cases and marks could be mistaken about


def book(
    account: Account,
    texts: list[tuple[str, str]],
    minor: int = 100,
    *,
    amounts: Sequence[int] = (),
    seconds_ago: int = 0,
    **more: Any,
) -> None:
    """Book an entry for each reference and merchant's name: amounts below zero go out.

    Their ids can be older: as of what was booked then, or is committed so late.
    """
    outside = get_settlement_account(account.currency).id
    moneys = [Money(each, account.currency) for each in amounts or [minor] * len(texts)]
    lines = [
        (
            Line(outside, -money, entry_id=made(seconds_ago)),
            Line(account.id, money, entry_id=made(seconds_ago)),
        )
        for money in moneys
    ]
    postings = [
        NewPosting(kind="deposit", lines=pair, reference=text, merchant_name=merchant, **more)
        for pair, (text, merchant) in zip(lines, texts, strict=True)
    ]
    with transaction.atomic():
        post_entries(postings)
        for posting in postings:
            record("posting.booked", by=BY, target=("posting", posting.id), event_id=posting.event_id)


def made(seconds_ago: int) -> str:
    return encode("txn", UUID(int=uuid7().int - (seconds_ago * 1000 << 80)))


def just_before(account: Account) -> UUID:
    return UUID(int=decode("acc", account.id).int - 1)


def read_all(account: Account, asked: TransactionFilter) -> list[int]:
    """Search without an index: PostgreSQL compares each entry."""
    statement = """
        SELECT e.seq FROM accounts_entry e JOIN accounts_posting p ON p.id = e.posting_id
         WHERE e.account_id = %s AND (p.reference ILIKE %s OR p.merchant_name ILIKE %s)
           AND (%s::text IS NULL OR e.direction = %s) AND e.amount BETWEEN %s AND %s ORDER BY e.seq DESC
    """
    way, least, most = asked.direction, asked.min_minor or 0, asked.max_minor
    with connection.cursor() as cursor:
        pattern = asked.pattern or "%"
        most = 2**62 if most is None else most
        cursor.execute(statement, [decode("acc", account.id), pattern, pattern, way, way, least, most])
        return [seq for (seq,) in cursor.fetchall()]


def take_steps(account: Account, shape: Shape, count: int) -> None:
    """Leave the index somewhere on its way."""
    SearchIndex.objects.get_or_create(account=account, defaults=shape._asdict())
    with connection.cursor() as cursor:
        for _ in range(count):
            cursor.execute("SELECT index_some_entries(%s)", [decode("acc", account.id)])


def built(account: Account) -> list[int]:
    return list(SearchIndex.objects.get(account=account).built)


def pages_of(account: Account) -> list[tuple[Any, ...]]:
    of_it = SearchPage.objects.filter(index=account.id)
    return sorted(of_it.values_list("level", "number", "first", "endings"))


def amounts_of(account: Account) -> list[tuple[Any, ...]]:
    of_it = SearchAmounts.objects.filter(index=account.id).order_by("level", "number")
    return list(
        of_it.values_list("level", "number", "least_credit", "most_credit", "least_debit", "most_debit")
    )


@pytest.fixture
def account(db: None) -> Account:
    return someone().account(currency="CLF")


class TestSearch:
    @settings(
        max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        texts=st.lists(st.tuples(st.text(ODD, max_size=9), st.text(ODD, max_size=3)), max_size=40),
        early=st.integers(0, 40),
        words=st.lists(st.text(ODD, min_size=1, max_size=7), min_size=1, max_size=8),
        shape=st.builds(
            Shape, st.integers(1, 4), st.integers(2, 3), st.integers(1, 4), st.sampled_from([1, 2, 256])
        ),
    )
    def test_finds_what_is_there_whatever_is_indexed(
        self, db: None, texts: Any, early: int, words: list[str], shape: Shape
    ) -> None:
        account = someone().account(currency="CLF")
        said = [text for pair in texts for text in pair]
        for part in (texts[:early], texts[early:]):
            if part:
                book(account, part)
            index_history(account.id, shape=shape)
        book(account, texts[:2] or [("a", "B")])
        for sought in [*words, *(text[1:] for text in said if text[1:]), *said[:5]]:
            asked = TransactionFilter(words=sought)
            assert pages(account, 3, asked) == read_all(account, asked), sought

    @settings(
        max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        booked=st.lists(st.tuples(st.text("ab", max_size=3), AMOUNTS), min_size=1, max_size=40),
        early=st.integers(0, 40),
        forgotten=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=3),
        asked=st.lists(
            st.builds(
                TransactionFilter,
                direction=st.sampled_from([None, "CRDT", "DBIT"]),
                min_minor=st.none() | st.integers(0, 7),
                max_minor=st.none() | st.integers(0, 7),
                words=st.none() | st.text("ab", max_size=3),
            ),
            min_size=1,
            max_size=12,
        ),
        after=st.none() | st.integers(1, 50),
        shape=st.builds(
            Shape, st.integers(1, 4), st.integers(2, 3), st.integers(1, 3), st.sampled_from([1, 256])
        ),
        steps=st.integers(0, 12),
    )
    def test_finds_amounts_and_directions_whatever_is_indexed(
        self,
        db: None,
        booked: Any,
        early: int,
        forgotten: Any,
        asked: Any,
        after: Any,
        shape: Shape,
        steps: int,
    ) -> None:
        account = someone().account("0.0200", currency="CLF")
        for part in (booked[:early], booked[early:]):
            if part:
                book(account, [(text, "") for text, _ in part], amounts=[minor for _, minor in part])
            take_steps(account, shape, steps)
        for level, number in forgotten:  # what is not there says nothing
            SearchAmounts.objects.filter(index=account.id, level=level, number=number).delete()
        for each in asked:
            expected = [seq for seq in read_all(account, each) if after is None or seq < after]
            assert pages(account, 3, each, after) == expected, each

    @pytest.mark.parametrize("after", [None, 2, 9, 10, 25, 31])
    @pytest.mark.parametrize("words", ["rent", "r", "", "bread", "no such", "5", "number 12"])
    def test_goes_on_from_any_page(self, account: Account, words: str, after: int | None) -> None:
        book(account, [(("Rent" if n % 5 == 0 else "bread") + f" number {n}", "") for n in range(30)])
        index_history(account.id, shape=SMALL)
        expected = read_all(account, TransactionFilter(words=words))
        found = pages(account, 2, TransactionFilter(words=words), after)
        assert found == [seq for seq in expected if after is None or seq < after]

    def test_combines_with_every_other_part_of_the_filter(self, account: Account) -> None:
        start = timezone.now() + dt.timedelta(hours=1)
        for day in range(12):
            at = start + dt.timedelta(days=day)
            book(account, [("rent", ""), ("bread", "")], minor=100 * (day + 1), booked_at=at)
        index_history(account.id, shape=SMALL)
        asked = TransactionFilter(
            words="RENT", direction="CRDT", min_minor=300, max_minor=900,
            since=start + dt.timedelta(days=3), before=start + dt.timedelta(days=6),
        )  # fmt: skip
        assert pages(account, 2, asked) == [11, 9, 7]
        assert pages(account, 2, TransactionFilter(words="rent", direction="DBIT")) == []
        for day in range(12):  # the days begin within blocks, too
            since = TransactionFilter(words="rent", since=start + dt.timedelta(days=day))
            assert pages(account, 2, since) == list(range(23, 2 * day, -2))
        assert pages(account, 2, TransactionFilter(words="rent", max_minor=300)) == [5, 3, 1]
        late = TransactionFilter(words="rent", since=start + dt.timedelta(days=30))
        assert pages(account, 2, late) == []
        soon = TransactionFilter(words="rent", before=start - dt.timedelta(days=30))
        assert pages(account, 2, soon) == []

    def test_shows_an_app_no_more_than_was_shared(self, account: Account) -> None:
        now = timezone.now()
        for days in (4000, 3000, 20, 10):
            book(account, [("rent", "")] * 3, booked_at=now - dt.timedelta(days=days))
        index_history(account.id, shape=SMALL)
        asked = TransactionFilter(words="rent")
        app = Actor(type="app", bound_to_consent=True)
        shown = list_transactions(account, seen_by=app, asked=asked, limit=50)
        assert [row.seq for row in shown] == [12, 11, 10, 9, 8, 7]
        assert len(list_transactions(account, seen_by=BANK, asked=asked, limit=50)) == 12

    def test_finds_everything_by_no_words(self, account: Account) -> None:
        book(account, [("", "")] * 12)
        index_history(account.id, shape=SMALL)
        assert pages(account, 5, TransactionFilter(words="")) == list(range(12, 0, -1))

    def test_never_looks_into_another_account(self, account: Account) -> None:
        other = someone().account(currency="CLF")
        book(account, [("bread", "")] * 12)
        book(other, [("rent", "")] * 12)
        for each in (account, other):
            index_history(each.id, shape=SMALL)
        assert pages(account, 5, TransactionFilter(words="rent")) == []
        assert len(pages(other, 5, TransactionFilter(words="rent"))) == 12


class TestIndex:
    def test_holds_full_blocks_and_blocks_of_blocks(self, account: Account) -> None:
        book(account, [("rent", "")] * 23)
        index_history(account.id, shape=SMALL)
        assert built(account) == [7, 3, 1]

    def test_is_not_made_of_a_short_history(self, account: Account) -> None:
        book(account, [("rent", "")] * (USUAL.block - 1))
        index_history(account.id)
        assert not SearchIndex.objects.filter(account=account).exists()
        book(account, [("rent", "")])
        index_history(account.id)
        assert built(account) == [1]

    def test_is_not_made_of_the_banks_own_accounts(self, account: Account) -> None:
        book(account, [("rent", "")] * 200)
        index_histories(iter([None] * 20))
        assert list(SearchIndex.objects.values_list("account__kind", flat=True).distinct()) == ["current"]

    def test_is_the_same_in_many_steps_as_at_once(self, account: Account) -> None:
        other, texts = someone().account(currency="CLF"), [(f"rent {n * 7919}", "") for n in range(40)]
        for text in texts:
            book(account, [text])
            index_history(account.id, shape=SMALL)
        book(other, texts)
        index_history(other.id, shape=SMALL)
        assert pages_of(account) == pages_of(other)
        assert amounts_of(account) == amounts_of(other)

    def test_has_each_ending_of_a_block_of_blocks_once(self, account: Account) -> None:
        """Enough of them for several steps."""
        shape = Shape(block=16, fan=2, letters=6, page=1)
        book(account, [(f"{n * 7919 % 9973:06}", f"{n * 104_729 % 99_991}") for n in range(32)])
        index_history(account.id, shape=shape)
        levels = {level: set[str]() for level in (0, 1)}
        for level, _, _, endings in pages_of(account):
            levels[level] |= set(endings.split("\x01"))
        assert built(account) == [2, 1]
        assert levels[0] == levels[1]
        firsts = [first for level, _, first, _ in pages_of(account) if level == 1]
        assert len(firsts) == len(set(firsts)) == len(levels[1] - {""})

    def test_does_not_count_a_block_that_is_half_done(self, account: Account) -> None:
        book(account, [(f"{n * 7919 % 9973:06}", "") for n in range(64)])
        with connection.cursor() as cursor:
            SearchIndex.objects.create(account=account, block=16, fan=4, letters=6, page=1)
            for _ in range(3):  # amounts, the blocks of entries, then some pages of the one that holds them
                cursor.execute("SELECT index_some_entries(%s)", [decode("acc", account.id)])
        assert built(account) == [4]
        assert SearchPage.objects.filter(index=account.id, level=1).count() == 64
        for words in ("1", "99", "no", "007919"):
            asked = TransactionFilter(words=words)
            assert pages(account, 9, asked) == read_all(account, asked)

    def test_holds_the_smallest_and_the_largest_of_each_direction(self, account: Account) -> None:
        minor = [60, -2, 3, 40, 50, 60, -7, -8, -9, 10, -11, 12, 13]
        book(account, [("", "")] * len(minor), amounts=minor)
        index_history(account.id, shape=SMALL)
        assert amounts_of(account) == [
            (0, 0, 3, 60, 2, 2),
            (0, 1, 40, 60, None, None),
            (0, 2, None, None, 7, 9),
            (0, 3, 10, 12, 11, 11),
            (1, 0, 3, 60, 2, 2),
            (1, 1, 10, 12, 7, 11),
            (2, 0, 3, 60, 2, 11),
        ]
        assert SearchIndex.objects.get(account=account).summed == built(account)

    def test_adds_amounts_to_an_index_made_without_them(self, real_db: None) -> None:
        account, shape = someone().account(), Shape(block=3, fan=16)
        book(account, [("rent", "")] * (shape.block * shape.fan**2 + shape.block))
        index_history(account.id, shape=shape)
        before = pages_of(account), amounts_of(account)
        SearchAmounts.objects.filter(index=account.id).delete()
        SearchIndex.objects.filter(account=account).update(summed=[])
        index_all_histories(iter([None]), after=just_before(account))
        assert SearchIndex.objects.get(account=account).summed == [256, 16, 1]
        index_all_histories(repeat(None))
        assert (pages_of(account), amounts_of(account)) == before
        assert SearchIndex.objects.get(account=account).summed == built(account)


class TestAtOnce:
    def test_several_at_once_make_each_block_once_while_others_book_and_search(self, real_db: None) -> None:
        account, again, done = someone().account(), someone().account(), threading.Event()
        texts = [(f"rent {n}", "") for n in range(80)]
        book(account, texts[:20])

        def act(number: int) -> None:
            if number == 0:
                book_little_by_little(account, texts[20:])
                done.set()
            while not done.is_set():
                index_history(account.id, shape=SMALL) if number < 4 else require_all_is_found(account)

        all_at_once(6, act)
        index_history(account.id, shape=SMALL)
        book(again, texts)
        index_history(again.id, shape=SMALL)
        assert built(account) == [26, 13, 6, 3, 1]
        assert pages_of(account) == pages_of(again)
        assert amounts_of(account) == amounts_of(again)

    def test_passes_over_an_account_somebody_is_at(self, real_db: None) -> None:
        account = someone().account()
        book(account, [("rent", "")] * 9)
        index_history(account.id, shape=SMALL)
        book(account, [("rent", "")] * 9)
        with transaction.atomic():
            SearchIndex.objects.select_for_update().get(account=account)
            passed = threading.Thread(target=lambda: (index_history(account.id), connections.close_all()))
            passed.start()
            passed.join(20)
            assert not passed.is_alive()
        assert built(account) == [3, 1]


def book_little_by_little(account: Account, texts: list[tuple[str, str]]) -> None:
    for start in range(0, len(texts), 4):
        book(account, texts[start : start + 4])


def require_all_is_found(account: Account) -> None:
    seen = pages(account, 7, TransactionFilter(words="rent"))
    assert seen == list(range(seen[0], 0, -1))
    assert pages(account, 7, TransactionFilter(words="nowhere")) == []


LONG = pytest.mark.parametrize("longest", [2_000, pytest.param(10_000, marks=pytest.mark.slow)])


class TestGrowth:
    """What is read grows by the logarithm: counted, not timed."""

    @LONG
    def test_what_is_nowhere_costs_a_few_pages_and_rows(self, account: Account, longest: int) -> None:
        rare: list[dict[str, Any]] = [{"min_minor": 101}, {"max_minor": 99}, {"direction": "DBIT"}]
        asked = [TransactionFilter(words="nowhere")]
        asked += [TransactionFilter(words=words, **each) for words in (None, "invoice") for each in rare]
        read = {}
        for size in (1_000, longest):
            book_many(account, size - Account.objects.get(id=account.id).last_seq)
            index_history(account.id, shape=Shape(block=16, fan=4, letters=6, page=64))
            read[size] = [rows_read(account, each) for each in asked]
        for each, short, long in zip(asked, read[1_000], read[longest], strict=True):
            assert long <= short * math.log(longest, 1_000) + 16, (each, read)  # and an open block

    @LONG
    def test_a_word_at_the_very_beginning_is_found_as_fast(
        self, account: Account, superuser_url: str, longest: int
    ) -> None:
        with psycopg.connect(superuser_url, autocommit=True) as server:
            server.execute("ANALYZE accounts_entry, accounts_posting, accounts_searchpage")
        book(account, [("Begin here", "")])
        rows_read(account, "begin")  # PostgreSQL keeps the plan it made while it knew of next to nothing
        book_many(account, longest)
        index_history(account.id, shape=Shape(block=16, fan=4, letters=6, page=64))
        assert rows_read(account, "begin") < 200
        assert pages(account, 5, TransactionFilter(words="begin")) == [1]


def book_many(account: Account, count: int) -> None:
    for start in range(0, count, 1_000):
        book(account, [(f"Invoice {n * 7919}", "") for n in range(start, min(count, start + 1_000))])


def rows_read(account: Account, sought: str | TransactionFilter) -> int:
    """Return how many rows of the ledger and pages of the index a search reads."""
    asked = TransactionFilter(words=sought) if isinstance(sought, str) else sought
    return rows_read_by(
        lambda: list_transactions(account, seen_by=BANK, asked=asked, limit=50),
        ("accounts_entry", "accounts_posting", "accounts_searchpage", "accounts_searchamounts"),
    )


def rows_read_by(act: Callable[[], object], tables: tuple[str, ...] = (), *, by_key: bool = True) -> int:
    """Return how many rows something reads of these tables, or of all; or only those read without a key."""
    statement = """
        SELECT sum(coalesce(seq_tup_read, 0) + CASE WHEN %s THEN coalesce(idx_tup_fetch, 0) ELSE 0 END)
          FROM pg_stat_xact_user_tables
         WHERE relname = ANY (%s) OR %s
    """
    counts = []
    with connection.cursor() as cursor:
        for each in (lambda: None, act):
            each()
            cursor.execute(statement, [by_key, list(tables), not tables])
            counts.append(cursor.fetchone()[0])
    return int(counts[1] - counts[0])
