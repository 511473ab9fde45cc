"""A transaction that lost against another is run again, a few times."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from bank.database.retries import TRIES, run_again_when_lost


def lock(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7001, %s)", [number])


def fail(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{state}'; END $$")


class TestRunAgainWhenLost:
    def test_lets_both_of_two_deadlocked_transactions_through(self, real_db: None) -> None:
        both_hold_one = threading.Barrier(2)
        tries: list[int] = []

        def run(first: int, second: int) -> None:
            def once() -> None:
                with transaction.atomic():
                    lock(first)
                    if len(tries) < 2:
                        tries.append(first)
                        both_hold_one.wait(10)
                    lock(second)
                done.append(first)

            run_again_when_lost(once)
            connections.close_all()

        done: list[int] = []
        threads = [threading.Thread(target=run, args=order) for order in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(done) == [1, 2]

    @pytest.mark.parametrize(
        ("state", "tries"), [("40001", TRIES), ("40P01", TRIES), ("23505", 1), ("57014", 1)]
    )
    def test_gives_up(self, real_db: None, state: str, tries: int) -> None:
        seen: list[Any] = []

        def once() -> None:
            seen.append(state)
            with transaction.atomic():
                fail(state)

        with pytest.raises(DatabaseError):
            run_again_when_lost(once)
        assert len(seen) == tries

    def test_runs_nothing_again_inside_a_transaction(self, db: None) -> None:
        seen: list[Any] = []

        def once() -> None:
            seen.append(1)
            with transaction.atomic():
                fail("40001")

        with pytest.raises(DatabaseError):
            run_again_when_lost(once)
        assert len(seen) == 1
