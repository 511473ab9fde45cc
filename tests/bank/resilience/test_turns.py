"""Turns: who has a backlog does not keep the worker."""

import time

import pytest

from bank.resilience import turns


class TestTurn:
    def test_ends_though_there_is_more_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(turns, "TURN_SECONDS", 0.1)
        began = time.monotonic()
        assert sum(1 for _ in turns.turn()) > 1
        assert time.monotonic() - began >= 0.1

    def test_has_one_go_at_least(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
        assert sum(1 for _ in turns.turn()) == 1
