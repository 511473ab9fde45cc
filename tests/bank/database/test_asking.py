"""The kept cursor behaves as Django's own: transactions, errors, counting."""

import datetime as dt
import time
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from bank.database import asking
from bank.database.statements import Write, write_together

pytestmark = pytest.mark.django_db

# Any table will do that the application may write to and take from: answers kept for a key.
_ADD = """
    INSERT INTO bank_idempotency_idempotencyrecord (caller, method, path, key, fingerprint, status, answer)
    VALUES ('asking', 'GET', '/', %s, '', 200, '')
"""
_TAKE = "DELETE FROM bank_idempotency_idempotencyrecord WHERE caller = 'asking' AND key = %s"
_KEYS = "SELECT key FROM bank_idempotency_idempotencyrecord WHERE caller = 'asking' ORDER BY key"


def _keys() -> list[str]:
    return [row[0] for row in asking.fetch_all(_KEYS)]


class TestAsking:
    def test_keeps_one_cursor_for_a_connection(self) -> None:
        asking.fetch_one("SELECT 1")
        kept = vars(connection.connection)["_bank_cursor"]
        asking.fetch_one("SELECT 2")
        assert vars(connection.connection)["_bank_cursor"] is kept

    def test_is_counted_when_somebody_counts(self) -> None:
        with CaptureQueriesContext(connection) as captured:
            asking.fetch_one("SELECT 1")
        assert [query["sql"] for query in captured] == ["SELECT 1"]

    def test_reads_a_moment_as_django_does(self) -> None:
        moment = dt.datetime(2026, 11, 28, 12, 30, tzinfo=dt.UTC)
        found: Any = asking.fetch_one("SELECT %s::timestamptz", [moment])
        assert (found[0], found[0].utcoffset()) == (moment, dt.timedelta())

    def test_raises_djangos_errors_and_undoes_with_the_transaction(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            write_together([Write(_ADD, ["1"]), Write(_ADD, ["1"])])
        assert _keys() == []

    def test_asks_nothing_in_a_transaction_that_is_lost(self) -> None:
        with transaction.atomic():
            transaction.set_rollback(True)
            with pytest.raises(TransactionManagementError):
                asking.fetch_one("SELECT 1")

    def test_says_how_many_rows_were_touched(self) -> None:
        assert asking.execute(_ADD, ["1"]) == 1
        assert asking.execute(_TAKE, ["2"]) == 0


class TestWritingTogether:
    def test_writes_everything_by_one_statement(self) -> None:
        with CaptureQueriesContext(connection) as captured:
            write_together([Write(_ADD, ["1"]), Write(_ADD, ["2"]), Write(_ADD, ["3"])])
        assert (_keys(), len(captured)) == (["1", "2", "3"], 1)

    def test_writes_all_or_nothing(self) -> None:
        assert asking.execute(_ADD, ["2"]) == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            write_together([Write(_ADD, ["1"]), Write(_ADD, ["2"])])
        assert _keys() == ["2"]

    def test_lets_one_refer_to_what_another_returned(self) -> None:
        after = _ADD.replace("%s", "(SELECT key || '2' FROM first)")
        write_together([Write(f"{_ADD} RETURNING key", ["1"], "first"), Write(after, [])])
        assert _keys() == ["1", "12"]


class TestMeanwhile:
    def test_python_goes_on_while_postgresql_works(self) -> None:
        began = time.monotonic()
        with asking.meanwhile():
            slow = asking.send("SELECT 'slept', pg_sleep(0.5)")
            after = asking.send("SELECT %s::int", [7])
            sent_within = time.monotonic() - began
            assert after.rows() == [(7,)]
            answered_within = time.monotonic() - began
        assert sent_within < 0.4 < answered_within
        assert slow.rows()[0][0] == "slept"

    def test_what_went_wrong_is_raised_at_the_end_as_djangos_error(self) -> None:
        with pytest.raises(DataError), transaction.atomic(), asking.meanwhile():  # noqa: PT012 - it waits
            asking.send("SELECT 1 / %s::int", [0])
            asking.send("SELECT 1")
        assert asking.fetch_one("SELECT 2") == (2,)

    def test_an_error_of_ones_own_is_not_hidden_by_it(self) -> None:
        with pytest.raises(KeyError), transaction.atomic(), asking.meanwhile():  # noqa: PT012 - it waits
            asking.send("SELECT 1 / %s::int", [0])
            raise KeyError("mine")

    def test_queries_are_counted_as_ever(self) -> None:
        with CaptureQueriesContext(connection) as captured, asking.meanwhile():
            asking.send("SELECT 1")
        assert [query["sql"] for query in captured] == ["SELECT 1"]

    def test_nothing_is_sent_in_a_broken_transaction(self) -> None:
        with transaction.atomic():
            transaction.set_rollback(True)
            with pytest.raises(TransactionManagementError):
                asking.send("SELECT 1")
