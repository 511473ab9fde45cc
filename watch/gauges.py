"""What Prometheus is told of noticing. Who measures is measured as well: by how long ago it last did."""

import time

from django.core.cache import cache

from audit import history, unrecorded
from bank.observability.metrics import register_gauge
from watch import alarms
from watch.models import Alert, Incident, Notice
from watch.models.alerts import ACTIVE
from watch.operations.measuring import MEASURED_AT


def register_all() -> None:
    """Register the gauges; each is read at every scrape."""
    for name, meaning, read in (
        (
            "bank_alerts_active",
            "Alerts nobody decided on",
            lambda: Alert.objects.filter(status__in=ACTIVE).count(),
        ),
        (
            "bank_alerts_unacknowledged",
            "Alerts nobody looks at",
            lambda: Alert.objects.filter(status="OPEN").count(),
        ),
        (
            "bank_incidents_open",
            "Incidents not closed",
            lambda: Incident.objects.exclude(state="CLOSED").count(),
        ),
        ("bank_notices_due", "Notices not delivered", lambda: Notice.objects.exclude(status="SENT").count()),
        ("bank_audit_waiting_events", "Events that wait to be sealed", history.waiting),
        ("bank_audit_log_is_stopped", "1 while the log is stopped", lambda: bool(history.stopped_because())),
        ("bank_audit_unrecorded_events", "Events that could not be recorded", unrecorded.count),
        ("bank_watch_unjudged_events", "Sealed events no rule has looked at", alarms.unjudged),
        ("bank_watch_measured_seconds_ago", "Seconds since the alarms were measured", measured_seconds_ago),
    ):
        register_gauge(name, meaning, read)


def measured_seconds_ago() -> float:
    """Return how long ago somebody measured the alarms; very long when nobody ever did."""
    return time.time() - float(cache.get(MEASURED_AT) or 0)
