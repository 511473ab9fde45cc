"""A log of the test's own, and eyes that have not seen anything yet."""

from typing import Any
from uuid import UUID

import pytest

from tests.audit.conftest import Log, _log_database, log, seal
from tests.pages.conftest import cheap_hashing
from watch import operations
from watch.models import Alert

__all__ = ["_log_database", "cheap_hashing", "log"]

TABLES = (
    "watch_alertevent, watch_notice, watch_incidentevent, watch_alert, watch_incident, watch_seenevent, "
    "watch_tally, watch_dailyreview"
)
KEPT = ("watch_alert", "watch_alertevent", "watch_incident", "watch_incidentevent", "watch_dailyreview")


@pytest.fixture
def eyes(log: Log) -> Log:
    """Forget what other tests noticed in this log's database, as only a superuser could."""
    with log.superuser() as superuser:
        for table in KEPT:
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER watch_keeps_everything")
        superuser.execute(f"TRUNCATE {TABLES}")
        for table in KEPT:
            superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER watch_keeps_everything")
        superuser.execute("ALTER TABLE watch_cursor DISABLE TRIGGER cursor_moves_forwards")
        superuser.execute("UPDATE watch_cursor SET next_index = 0")
        superuser.execute("ALTER TABLE watch_cursor ENABLE ALWAYS TRIGGER cursor_moves_forwards")
    return log


def look() -> int:
    """Seal what waits and judge it all; return how many events were judged."""
    seal()
    judged = 0
    while count := operations.judge_new_events():
        judged += count
    return judged


def alerts(kind: str = "") -> list[Alert]:
    """Return the alerts there are, the oldest first."""
    found = Alert.objects.order_by("id")
    return list(found.filter(kind=kind) if kind else found)


def one_alert(kind: str) -> Alert:
    """Return the one alert of this kind."""
    (alert,) = alerts(kind)
    return alert


def events_of(alert: Alert) -> list[UUID]:
    """Return the events an alert names."""
    return list(alert.events.order_by("leaf_index").values_list("event_id", flat=True))


def told(log: Log, kind: str) -> list[Any]:
    """Return the target of each sealed event of a kind."""
    seal()
    return [
        row[1] for row in log.rows("SELECT kind, target FROM audit.leaf ORDER BY index") if row[0] == kind
    ]
