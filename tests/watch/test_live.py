"""At a running bank: what happens at its doors is an alert within a minute, with nobody's help."""

import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import requests

from examples.tour.browser import Browser
from tests.support.live import LiveBank

pytestmark = [pytest.mark.live]
A_MINUTE = 60
KIND = "failed_logins_of_a_name"


def found(demo: Any, statement: str, parameter: str) -> Any:
    with psycopg.connect(demo["database_url"]) as database:
        return database.execute(statement, [parameter]).fetchone()  # type: ignore[arg-type]


class TestARunningBank:
    def test_raises_an_alert_within_a_minute(self, live_bank: LiveBank) -> None:
        name = f"nobody-{uuid4().hex}"
        before = found(live_bank, "SELECT count(*) FROM watch_alert WHERE kind = %s", KIND)[0]
        for _ in range(5):
            browser = Browser(live_bank["base_url"], str(live_bank.ca_file))
            browser.open("/login/")
            browser.submit(browser.form_with("login", "password"), login=name, password="wrong")
        deadline = time.monotonic() + A_MINUTE
        while found(live_bank, "SELECT count(*) FROM watch_alert WHERE kind = %s", KIND)[0] == before:
            assert time.monotonic() < deadline, "no alert within a minute"
            time.sleep(0.5)

    def test_measures_its_alarms_and_is_quiet(self, live_bank: LiveBank) -> None:
        deadline = time.monotonic() + A_MINUTE
        while _measured(live_bank) > A_MINUTE:
            assert time.monotonic() < deadline, "nobody measures"
            time.sleep(0.5)
        with psycopg.connect(live_bank["database_url"]) as database:
            alarms = database.execute(
                "SELECT kind, key FROM watch_alert WHERE over_at IS NULL AND kind IN ('seal_lag', "
                "'witness_silent', "
                "'clocks_apart', 'log_stopped', 'recording_failed', 'alarm_broken', 'judging_lag')"
            ).fetchall()
        assert alarms == []


def _measured(bank: LiveBank) -> float:
    """Ask Prometheus' page how long ago the alarms were measured."""
    page = requests.get(f"{bank['base_url']}/metrics", verify=str(bank.ca_file), timeout=10).text
    line = next(x for x in page.splitlines() if x.startswith("bank_watch_measured_seconds_ago "))
    return float(line.split()[1])
