"""What the doors refuse is in the trail before it is answered."""

import json
from typing import Any

import pytest

from audit import listeners
from audit.listeners import Sampler
from bank.access import signals
from tests.audit.conftest import ALICE, Log, seal
from tests.audit.test_api import ALICE_SELF


def kinds(log: Log) -> list[tuple[str, str, str]]:
    """Seal, and return kind, outcome and target of every event."""
    seal()
    return log.rows("SELECT kind, outcome, target FROM audit.leaf ORDER BY index")


class TestDeniedAccess:
    def test_is_recorded(self, get: Any, log: Log) -> None:
        answer = get("/v1/vault", ALICE_SELF)
        assert answer.status_code == 403
        assert kinds(log) == [("access.denied", "denied", "permission:users:manage")]
        event = json.loads(bytes(log.rows("SELECT body FROM audit.leaf")[0][0]))["event"]
        assert (event["reason"], event["actor"]["id"]) == ("insufficient_scope", "usr_alice")
        assert answer["Audit-Event-Id"] == event["event_id"]

    def test_is_answered_503_when_it_cannot_be_recorded(self, get: Any, log: Log) -> None:
        with log.unwritable():
            assert get("/v1/vault", ALICE_SELF).status_code == 503

    def test_is_not_recorded_for_who_may(self, get: Any, log: Log) -> None:
        assert get("/v1/vault", {**ALICE_SELF, "permissions": ["users:manage"]}).status_code == 200
        assert kinds(log) == []


class TestHammering:
    @pytest.fixture(autouse=True)
    def _fresh(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listeners, "_limits", Sampler())
        monkeypatch.setattr(listeners, "_addresses", Sampler())

    def test_at_a_limit_is_recorded_once_and_counted(self, log: Log) -> None:
        before = listeners.metrics.SAMPLED_OUT.labels("limit.hit")._value.get()
        for _ in range(5):
            signals.limit_hit.send(sender=self, request=None, actor=ALICE, door="token", key="token.client")
        assert kinds(log) == [("limit.hit", "denied", "door:token")]
        assert listeners.metrics.SAMPLED_OUT.labels("limit.hit")._value.get() - before == 4

    def test_at_another_door_is_recorded_again(self, log: Log) -> None:
        for door in ("token", "par", "token"):
            signals.limit_hit.send(sender=self, request=None, actor=ALICE, door=door, key="x")
        assert [event[2] for event in kinds(log)] == ["door:token", "door:par"]

    def test_from_a_refused_address_is_recorded_once(self, log: Log) -> None:
        for _ in range(3):
            signals.ip_refused.send(sender=self, request=None, actor=None, rule="deny", reason="deny")
        assert kinds(log) == [("ip.refused", "denied", "ip_rule:deny")]

    def test_is_recorded_again_after_a_while(self) -> None:
        sampler = Sampler(once_in_seconds=0)
        assert sampler.wants("a")
        assert sampler.wants("a")
