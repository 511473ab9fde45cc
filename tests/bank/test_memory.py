"""What a process read when it began is out of its collector's way; what comes later is not."""

import gc
import subprocess
import sys

import pytest
from celery.signals import worker_before_create_process

from bank import celery
from deploy import web_server

SHOWN = """
import gc
read = [[] for _ in range(100_000)]
from bank.memory import keep_what_was_read
keep_what_was_read()
assert gc.get_freeze_count() >= 100_000, gc.get_freeze_count()
assert len(gc.get_objects()) < 1_000, len(gc.get_objects())
circle = []
circle.append(circle)
del circle
assert gc.collect() == 1
looks = sum(each["collections"] for each in gc.get_stats())
some = [[] for _ in range(40_000)]
assert sum(each["collections"] for each in gc.get_stats()) == looks, "it looked at once"
for _ in range(200_000):
    circle = []
    circle.append(circle)
assert len(gc.get_objects()) < 100_000, "circles stay"
"""


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done to the collector, in order, instead of doing it here."""
    done: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: done.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    monkeypatch.setattr(gc, "set_threshold", lambda *_: done.append("seldom"))
    return done


class TestKeepWhatWasRead:
    def test_takes_what_there_is_out_of_sight_and_nothing_that_comes_later(self) -> None:
        done = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_is_done_before_web_processes_are_forked(
        self, frozen: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("django.db.connections.all", lambda **_: [])
        web_server.when_ready(None)
        assert frozen == ["collect", "freeze", "seldom"]

    def test_is_done_before_a_worker_is_forked(self, frozen: list[str]) -> None:
        assert celery.app
        worker_before_create_process.send(sender=None)
        assert frozen == ["collect", "freeze", "seldom"]
