"""The limit and the load are the real thing, on a real server."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from benchmarks import fill
from benchmarks.measures import batch, limit
from benchmarks.place import NotDurable, require_durable


@pytest.fixture
def limit_url(superuser_url: str) -> Iterator[str]:
    """An empty database of its own, removed afterwards."""
    server, _, own = superuser_url.rpartition("/")
    name = sql.Identifier(f"limit_of_{own}")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield f"{server}/limit_of_{own}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.mark.xdist_group("limit")
class TestPaymentLimit:
    def test_pgbench_leaves_every_row_a_durable_payment_has(self, limit_url: str) -> None:
        assert limit.fill(limit_url, accounts=10).rate(1.0, clients=2) > 0
        with psycopg.connect(limit_url) as connection:
            counts = connection.execute(
                "SELECT (SELECT count(*) FROM posting), (SELECT count(*) FROM entry),"
                " (SELECT count(*) FROM idempotency), (SELECT count(*) FROM outbox)"
            ).fetchone()
            assert counts is not None
            assert counts == (counts[0], counts[0] * 2, counts[0], counts[0])

    def test_money_is_kept_and_numbers_have_no_gap(self, limit_url: str) -> None:
        limit.fill(limit_url, accounts=10).rate(1.0, clients=4)
        with psycopg.connect(limit_url) as connection:
            broken = connection.execute(
                "SELECT count(*) FROM account a WHERE (last_seq, booked) <>"
                " (SELECT coalesce(max(seq), 0), 1000000000 +"
                " coalesce(sum(CASE direction WHEN 'CRDT' THEN amount ELSE -amount END), 0)"
                " FROM entry e WHERE e.account_id = a.id)"
            ).fetchone()
        assert broken == (0,)


@pytest.mark.xdist_group("limit")
class TestBatchLimit:
    def test_one_statement_leaves_every_row_and_numbers_without_a_gap(self, limit_url: str) -> None:
        filled = limit.fill(limit_url, accounts=10)
        with psycopg.connect(limit_url, autocommit=True) as connection:
            connection.execute(batch.SQL.read_bytes())
            batch.pay_all(filled, 50, 0.01)
            counts = connection.execute(
                "SELECT (SELECT count(*) % 50 FROM posting),"
                " (SELECT count(*) FROM entry) - 2 * (SELECT count(*) FROM outbox),"
                " (SELECT count(*) FROM account a WHERE (last_seq, booked) <>"
                " (SELECT coalesce(max(seq), 0), 1000000000 +"
                " coalesce(sum(CASE direction WHEN 'CRDT' THEN amount ELSE -amount END), 0)"
                " FROM entry e WHERE e.account_id = a.id))"
            ).fetchone()
        assert counts == (0, 0, 0)


class TestDurability:
    def test_a_server_that_may_lose_payments_is_refused(self, superuser_url: str) -> None:
        with pytest.raises(NotDurable, match="fsync"):  # the tests' own server is a throw-away
            require_durable(superuser_url)


class TestSetBasedLoad:
    def test_opens_and_funds_accounts_as_the_application_under_all_triggers(self, real_db: None) -> None:
        from accounts.models import Account, Entry

        before = Entry.objects.count()
        fill.crowd(3)
        ids = [fill.account_id(number) for number in (1, 2, 3)]
        accounts = Account.objects.filter(id__in=ids)
        assert {(a.booked, a.last_seq, a.status) for a in accounts} == {(fill.RICH_MINOR, 1, "ENABLED")}
        assert Entry.objects.count() == before + 6
