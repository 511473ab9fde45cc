"""Alarms: what is measured of the machine itself. Apps above register theirs.

    register(Alarm("access_review_overdue", overdue_reviews))

An alarm's `troubles` returns what is wrong now, each under a key; nothing is fine. It raises when it cannot
tell, and that is an alarm, too.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from audit import history, queries, unrecorded
from bank import clock
from watch.models import Cursor, DailyReview, Incident, Notice

SEAL_LAG_SECONDS = 30.0
MOST_WAITING = 20_000
WITNESS_SILENCE_SECONDS = 120.0
CLOCKS_MAY_DIFFER_SECONDS = 5.0
MOST_UNJUDGED = 50_000
REVIEWED_BY_HOUR = 2  # UTC: by then yesterday's review is there
SIGN_OFF_WITHIN = timedelta(days=3)
GIVEN_UP_WITHIN = timedelta(days=1)
REMIND_BEFORE_HOURS = (24, 6, 0)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: the kind of alert it raises, and what is wrong now."""

    kind: str
    troubles: Callable[[], Collection[str]]


_ALARMS: dict[str, Alarm] = {}


def register(alarm: Alarm) -> None:
    """Make an alarm known; the same kind again replaces it."""
    _ALARMS[alarm.kind] = alarm


def registered() -> list[Alarm]:
    """Return every alarm."""
    return list(_ALARMS.values())


def _over(value: float, limit: float, key: str) -> list[str]:
    return [key] if value > limit else []


def seal_lag() -> list[str]:
    """Say when the oldest event has waited too long: nobody seals."""
    return _over(queries.oldest_waiting_seconds(), SEAL_LAG_SECONDS, "log")


def outbox_backlog() -> list[str]:
    """Say when more wait than are sealed in a few seconds."""
    return _over(history.waiting(), MOST_WAITING, "log")


def witness_silent() -> list[str]:
    """Say when the oldest signed head has waited too long for its witnesses."""
    return _over(queries.witness_silence_seconds(), WITNESS_SILENCE_SECONDS, "witness")


def log_stopped() -> list[str]:
    """Say when the log is stopped until somebody decides."""
    return ["log"] if history.stopped_because() else []


def recording_failed() -> list[str]:
    """Say in which of the last hours something could not be recorded."""
    return unrecorded.hours()


def clocks_apart() -> list[str]:
    """Say whose clock and the database's are apart: the worker's, a witness's (the web's: clock_skew)."""
    before, database, after = time.time(), history.database_time(), time.time()
    skews = {"worker": (before + after) / 2 - database, **history.witness_skews()}
    return [name for name, seconds in sorted(skews.items()) if abs(seconds) > CLOCKS_MAY_DIFFER_SECONDS]


def judging_lag() -> list[str]:
    """Say when the rules are far behind the log."""
    return _over(unjudged(), MOST_UNJUDGED, "rules")


def unjudged() -> int:
    """Return how many sealed events no rule has looked at."""
    return history.size() - Cursor.objects.get(name="judge").next_index


def missing_review() -> list[str]:
    """Say which days have no review though their log is complete."""
    return [str(day) for day in days_without_review(timezone.now() - timedelta(hours=REVIEWED_BY_HOUR))]


def days_without_review(now: datetime) -> list[date]:
    """Return the days (UTC) that ended before now and have no review, the oldest first."""
    newest = DailyReview.objects.order_by("-day").first()
    began = history.first_sealed_at()
    if newest is None and began is None:
        return []
    first = newest.day + timedelta(days=1) if newest else (began or now).astimezone(UTC).date()
    days = (now.astimezone(UTC).date() - first).days
    return [first + timedelta(days=n) for n in range(max(0, days))]


def unsigned_review() -> list[str]:
    """Say which reviews nobody signed off in time."""
    late = DailyReview.objects.filter(signed_off_by=None, made_at__lt=timezone.now() - SIGN_OFF_WITHIN)
    return [str(day) for day in late.order_by("day").values_list("day", flat=True)[:31]]


def breach_deadline() -> list[str]:
    """Say of which incidents the 72 hours run out: a key of its own for each mark that was passed."""
    now = clock.now()
    running = Incident.objects.exclude(state="CLOSED").exclude(breach="no").filter(authority_told_at=None)
    return [
        f"{incident.id}:{hours}h"
        for incident in running
        for hours in REMIND_BEFORE_HOURS
        if now >= incident.tell_before - timedelta(hours=hours)
    ]


def notice_failed() -> list[str]:
    """Say by which ways notices were given up of late."""
    failed = Notice.objects.filter(status=Notice.Status.FAILED, due_at__gt=timezone.now() - GIVEN_UP_WITHIN)
    return sorted(set(failed.values_list("channel", flat=True)))


def register_all() -> None:
    """Register the alarms of the log and of noticing itself."""
    for measured in (
        seal_lag, outbox_backlog, witness_silent, log_stopped, recording_failed, clocks_apart, judging_lag,
        missing_review, unsigned_review, breach_deadline, notice_failed,
    ):  # fmt: skip
        register(Alarm(measured.__name__, measured))
