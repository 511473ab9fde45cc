"""The clock of a whole bank in its own processes: one request moves it for web, worker and database."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import requests

from tests.support.live import LiveBank

pytestmark = [pytest.mark.live, pytest.mark.slow]
DAYS = 40
WAIT_SECONDS = 60  # beat makes statements every ten minutes: what comes sooner was hinted at


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[LiveBank]:
    """A bank of its own: the clock of the shared one stays where it is."""
    live = LiveBank(tmp_path / "bank").start()
    yield live
    live.stop()


def ask(bank: LiveBank, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
    headers = {"X-API-Key": bank["api_keys"]["service"], "Idempotency-Key": uuid4().hex}
    url = f"{bank['base_url']}/v1/sandbox/{path}"
    return requests.request(method, url, json=body, headers=headers, verify=str(bank.ca_file), timeout=20)


def statements_in(database_url: str) -> int:
    with psycopg.connect(database_url) as session:
        row = session.execute("SELECT count(*) FROM accounts_statement").fetchone()
    assert row is not None
    return int(row[0])


class TestClock:
    def test_moves_for_every_process_and_has_done_what_is_due(self, bank: LiveBank) -> None:
        before = statements_in(bank["database_url"])
        moved = ask(bank, "POST", "clock", {"days": DAYS})
        assert (moved.status_code, moved.headers["Audit-Event-Id"] != "") == (200, True), moved.text
        seen = {ask(bank, "GET", "clock").json()["ahead_seconds"] for _ in range(20)}
        assert seen == {DAYS * 86_400}
        end = time.monotonic() + WAIT_SECONDS
        while statements_in(bank["database_url"]) == before and time.monotonic() < end:
            time.sleep(0.5)
        assert statements_in(bank["database_url"]) > before
