"""Real processes, killed: no event is lost, none is sealed twice, and a dead broker costs nobody anything."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from audit.sealing import BATCH
from bank.celery import app
from bank.public_ids import uuid7
from deploy.local.ports import free_port
from deploy.local.state import PROJECT, State
from deploy.local.valkey import Valkey
from tests.audit.conftest import Log, record_one, seal
from tests.audit.test_verify import verify_audit
from tests.support.worker import celery_worker

pytestmark = [pytest.mark.slow]


def until(true: Callable[[], bool], *, seconds: float = 60, every: float = 0.01) -> None:
    """Wait until something is true; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(every)


def hint() -> None:
    """Put the empty hint into the queue."""
    app.send_task("audit.seal")


@contextlib.contextmanager
def running(*argv: str, folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a program of the bank; killed at the end if it still runs."""
    with (folder / f"{argv[0]}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *argv], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=log,
            text=True, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class TestWorkerKilledWhileSealing:
    def test_loses_no_event_and_seals_none_twice(self, log: Log, tmp_path: Path) -> None:
        recorded = self.many_waiting(log, 3 * BATCH)
        with celery_worker(tmp_path) as worker, self.second_batch_held_up(log):
            hint()
            until(lambda: self.sealers(log, "wait_event_type = 'Lock'"))
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        until(lambda: not self.sealers(log, "state <> 'idle'"))
        assert (len(log.sealed()), log.waiting()) == (BATCH, 2 * BATCH)
        with celery_worker(tmp_path):
            hint()
            until(lambda: log.waiting() == 0)
        sealed = log.sealed()
        assert (len(sealed), set(sealed)) == (len(recorded), recorded)
        assert verify_audit()[0] == 0

    @staticmethod
    def many_waiting(log: Log, count: int) -> set[UUID]:
        """Put many events into the outbox at once, as that many requests would."""
        first = record_one()
        body = bytes(log.rows("SELECT body FROM audit.outbox")[0][0])
        others = [uuid7() for _ in range(count - 1)]
        copying = "COPY audit.outbox (event_id, body) FROM STDIN"
        with log.superuser() as superuser, superuser.cursor() as cursor, cursor.copy(copying) as copy:
            for event_id in others:
                copy.write_row((event_id, body.replace(str(first).encode(), str(event_id).encode())))
        return {first, *others}

    @staticmethod
    @contextlib.contextmanager
    def second_batch_held_up(log: Log) -> Iterator[None]:
        """Lock an event: who seals its batch has written the leaves and waits to remove the events."""
        with log.superuser() as superuser, superuser.transaction():
            found = superuser.execute(
                "SELECT id FROM audit.outbox ORDER BY id OFFSET %s LIMIT 1", [BATCH + 9]
            )
            superuser.execute("SELECT 1 FROM audit.outbox WHERE id = %s FOR UPDATE", found.fetchone())
            yield

    @staticmethod
    def sealers(log: Log, condition: str) -> bool:
        """Return whether a sealer of this log is in a certain state."""
        who = "usename = 'bank_sealer' AND datname = current_database()"
        return bool(log.rows(f"SELECT 1 FROM pg_stat_activity WHERE {who} AND {condition}"))


class TestBrokerKilled:
    @pytest.fixture
    def broker(self, tmp_path: Path) -> Iterator[tuple[Valkey, Any]]:
        """A broker of this test's own, to be killed."""
        state = State(tmp_path / "state")
        state.prepare()
        valkey = Valkey(state, port=free_port())
        process = valkey.start()
        yield valkey, process
        process.stop(within_seconds=5)

    def test_loses_no_event_and_costs_no_caller_anything(
        self, log: Log, broker: tuple[Valkey, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        valkey, process = broker
        monkeypatch.setenv("BROKER_URL", valkey.url(0))
        said: list[dict[str, Any]] = []
        with celery_worker(tmp_path) as worker, self.recorder(tmp_path) as recorder:
            for line in recorder.stdout or []:
                said.append(json.loads(line))
                if len(said) == 100:
                    os.kill(process.pid, signal.SIGKILL)
                    os.killpg(worker.pid, signal.SIGKILL)
        recorded = {UUID(event["id"]) for event in said}
        assert len(recorded) == 300
        assert sorted(event["ms"] for event in said[100:])[-3] < 500
        assert len(log.sealed()) + log.waiting() == 300
        process.stop(within_seconds=5)
        again = valkey.start()
        try:
            self.sealed_by_beat_alone(log, tmp_path)
        finally:
            again.stop(within_seconds=5)
        sealed = log.sealed()
        assert (len(sealed), set(sealed)) == (300, recorded)

    @staticmethod
    def sealed_by_beat_alone(log: Log, folder: Path) -> None:
        """Start a worker and beat; nobody records anything, so no hint is sent."""
        beat = ("celery", "-A", "bank", "beat", "--schedule", str(folder / "schedule"), "--pidfile", "")
        with celery_worker(folder), running(*beat, folder=folder, environment=dict(os.environ)):
            until(lambda: log.waiting() == 0)

    @staticmethod
    def recorder(folder: Path) -> Any:
        return running("tests.audit.recorder", "300", "10", folder=folder, environment=dict(os.environ))


class TestBrokerThatNeverAnswers:
    def test_costs_no_caller_anything(
        self, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import socket

        with socket.create_server(("127.0.0.1", 0)) as silent:
            monkeypatch.setenv("BROKER_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
            program = running(
                "tests.audit.recorder", "100", "5", folder=tmp_path, environment=dict(os.environ)
            )
            with program as recorder:
                taken = [json.loads(line)["ms"] for line in recorder.stdout or []]
        assert len(taken) == 100
        assert sorted(taken)[-3] < 500
        assert seal() == 100
