"""Whether the bank lives, is ready, and how it does."""

from typing import Any

import pytest

from bank import health
from bank.access import permissions
from bank.observability import metrics
from tests.bank.conftest import Caller
from tests.bank.test_problems import problem


class TestLivez:
    def test_asks_nothing_of_anybody(self, caller: Caller, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert caller.get("/livez").json() == {"status": "ok"}


class TestReadyz:
    def test_names_every_part(self, caller: Caller) -> None:
        response = caller.get("/readyz")
        assert response.status_code == 200
        assert response.json()["parts"] == dict.fromkeys(
            ("database", "cache", "broker", "migrations", "erasures"), "ok"
        )

    @pytest.mark.parametrize("part", ["database", "cache", "broker", "migrations"])
    def test_says_which_part_is_down_and_not_why(self, caller: Caller, monkeypatch: Any, part: str) -> None:
        def broken() -> None:
            raise RuntimeError("redis://:hunter2@10.0.0.7")

        monkeypatch.setitem(health.PROBES, part, broken)
        response = caller.get("/readyz")
        assert response.status_code == 503
        assert response.json()["parts"][part] == "down"
        assert b"hunter2" not in response.content

    def test_notices_a_broker_that_is_gone(self, caller: Caller, monkeypatch: Any) -> None:
        from celery import Celery

        monkeypatch.setattr(health, "celery", Celery("gone", broker="redis://127.0.0.1:1/0"))
        assert caller.get("/readyz").json()["parts"]["broker"] == "down"


class TestMetrics:
    def test_are_open_to_loopback(self, caller: Caller) -> None:
        caller.get("/v1/by-method", REMOTE_ADDR="127.0.0.1")
        text = caller.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
        assert 'bank_requests_total{method="GET",route="/v1/by-method",status="200"}' in text
        assert "bank_request_seconds_bucket" in text

    @pytest.mark.parametrize(
        "meta",
        [
            {"REMOTE_ADDR": "203.0.113.7"},
            {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"},
            {"REMOTE_ADDR": ""},
        ],
    )
    def test_are_closed_to_everybody_else(self, caller: Caller, meta: dict[str, str]) -> None:
        problem(caller.get("/metrics", **meta), 401)

    def test_name_no_unrouted_address(self, caller: Caller) -> None:
        caller.get("/v1/alice-archer")
        assert b"alice" not in caller.get("/metrics", REMOTE_ADDR="127.0.0.1").content

    def test_show_what_apps_hook_in_and_survive_a_broken_hook(
        self, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(metrics, "_gauges", {})
        metrics.register_gauge("bank_test_lag_seconds", "Lag", lambda: 1.5)
        metrics.register_gauge("bank_test_broken", "Broken", lambda: 1 / 0)
        text = caller.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
        assert "bank_test_lag_seconds 1.5" in text
        assert 'bank_gauge_unreadable{gauge="bank_test_broken"} 1.0' in text

    def test_need_their_permission_from_elsewhere(self) -> None:
        assert health.Metrics.permission == permissions.METRICS_READ
