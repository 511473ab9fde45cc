"""A worker keeps its connections from task to task: while they work, and no longer."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import hints
from bank.celery import app
from tests.audit.conftest import Log, record_one
from tests.audit.test_crash import until
from tests.support.worker import celery_worker

pytestmark = [pytest.mark.slow]

SEALERS = """
    SELECT pid FROM pg_stat_activity
     WHERE usename = 'bank_sealer' AND application_name = 'bank-worker' AND datname = current_database()
"""
FOLLOWED = "SELECT next_index FROM events_follower"


BOTH = 2  # one reads what waits while the other writes leaves (docs/decisions/0037)


def connected(log: Log) -> set[int]:
    """Return the server processes that the worker's sealing talks to."""
    return {row[0] for row in log.rows(SEALERS)}


def seal_one(log: Log) -> None:
    """Record an event and have the worker seal it and follow the log to it."""
    record_one()
    app.send_task("audit.seal")
    until(lambda: log.rows(FOLLOWED) == [(len(log.sealed()),)] and log.waiting() == 0, seconds=20)


@pytest.fixture
def kept(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """What a worker that has sealed stays connected to; it gets no hints but this test's."""
    monkeypatch.setattr(hints, "ask_for_sealing", lambda: None)
    log.rows("UPDATE events_follower SET next_index = 0 RETURNING 1")
    with celery_worker(tmp_path):
        seal_one(log)
        yield connected(log)


class TestAConnection:
    def test_serves_task_after_task(self, log: Log, kept: set[int]) -> None:
        seal_one(log)
        seal_one(log)
        assert len(kept) == BOTH
        assert connected(log) == kept

    def test_that_the_server_ended_is_made_anew_before_any_task_fails(
        self, log: Log, kept: set[int], tmp_path: Path
    ) -> None:
        log.rows(f"SELECT pg_terminate_backend(pid) FROM ({SEALERS}) s")
        until(lambda: not connected(log) & kept)
        seal_one(log)
        anew = connected(log)
        assert (len(anew), anew & kept) == (BOTH, set())
        assert '"level":"error"' not in (tmp_path / "worker.log").read_text()

    def test_of_a_task_that_failed_is_not_kept(self, log: Log, kept: set[int]) -> None:
        log.published.write_text("not ours")
        record_one()
        app.send_task("audit.seal")
        until(lambda: not connected(log), seconds=20)
        assert log.waiting() == 1
