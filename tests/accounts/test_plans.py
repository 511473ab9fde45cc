"""Booking and indexing read by key, whatever PostgreSQL knows of the tables and would rather do.

A connection keeps its plans, also those it made on a bank that was nearly empty.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from accounts.models import Account
from accounts.money import Money
from accounts.operations import Line, NewPosting, index_all_histories, index_histories, post_entries
from accounts.operations.search import USUAL, Shape
from accounts.queries import get_settlement_account
from tests.accounts.test_search import book, built, rows_read_by, take_steps
from tests.support.customers import someone

SHAPE = Shape(block=16, fan=4, letters=6, page=64)
LEDGER = ("accounts_account", "accounts_posting", "accounts_entry")


@pytest.fixture
def account(db: None) -> Account:
    return someone().account(currency="CLF")


@contextmanager
def planned_anew(**settings: str) -> Iterator[None]:
    """Have everything planned by these settings, and by the usual ones afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        try:
            yield
        finally:
            for name in settings:
                cursor.execute(f"SET LOCAL {name} TO DEFAULT")
            cursor.execute("DISCARD PLANS")


class TestPlans:
    def test_booking_reads_no_whole_table(self, account: Account) -> None:
        outside, some = get_settlement_account("CLF").id, Money(100, "CLF")
        lines = [(Line(outside, -some), Line(account.id, some)) for _ in range(20)]
        postings = [NewPosting(kind="deposit", lines=pair) for pair in lines]
        with planned_anew(random_page_cost="1000000", cpu_index_tuple_cost="1000000"):
            read = rows_read_by(lambda: post_entries(postings), LEDGER, by_key=False)
        assert read == 0

    @pytest.mark.parametrize("come_to", [index_histories, index_all_histories])
    def test_coming_to_what_is_to_be_indexed_reads_no_whole_table(
        self, account: Account, come_to: Callable[..., object]
    ) -> None:
        book(account, [("rent", "")] * USUAL.block)
        with planned_anew(random_page_cost="1000000", cpu_index_tuple_cost="1000000"):
            read = rows_read_by(lambda: come_to(iter([None] * 9)), LEDGER, by_key=False)
        assert read == 0

    def test_indexing_reads_each_posting_of_its_blocks_once(self, account: Account) -> None:
        book(account, [(f"rent {n}", "") for n in range(500)])
        with planned_anew(enable_nestloop="off"):
            read = rows_read_by(lambda: take_steps(account, SHAPE, 40), ("accounts_posting",))
        [blocks, *_] = built(account)
        assert (blocks, read) == (31, 31 * SHAPE.block)
