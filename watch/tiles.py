"""What the admin's front page shows of the log and of noticing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from approvals.queries import list_approvals
from audit import history
from audit import queries as log
from bank.access import permissions as p
from bank.site.tiles import Reading, Series, Tile, register
from watch import alarms
from watch.models import Alert, Incident, Notice
from watch.models.alerts import ACTIVE
from watch.queries import count_since, counts_by_hour

HOURS = 24
LEAVES = "/admin/audit/leaf/?q="
FAILED = ("login.failed", "login.locked_out", "mfa.failed")


def register_all() -> None:
    """Register the tiles and charts; apps above add theirs."""
    for tile in (
        Tile("alerts", _("Alerts"), p.ALERTS_READ, alerts),
        Tile("incidents", _("Open incidents"), p.ALERTS_READ, incidents),
        Tile("approvals", _("Approvals waiting for me"), p.APPROVALS_DECIDE, approvals),
        Tile(
            "failed_logins",
            _("Failed sign-ins, 24 h"),
            p.AUDIT_READ,
            partial(_of_a_day, FAILED, "login.failed"),
        ),
        Tile(
            "limits",
            _("Slowed down (429), 24 h"),
            p.AUDIT_READ,
            partial(_of_a_day, ("limit.hit",), "limit.hit"),
        ),
        Tile("payments", _("Payments, 24 h"), p.PAYMENTS_READ_ANY, payments),
        Tile("seal", _("Oldest event not sealed"), p.AUDIT_READ, seal),
        Tile("witness", _("Silence of the witness"), p.AUDIT_READ, witness),
        Tile("queue", _("Events no rule has seen"), p.ALERTS_READ, queue),
        Tile("notices", _("Notices not delivered"), p.ALERTS_READ, notices),
    ):
        register(tile)
    for name, label, permission, kinds in (
        ("payments", _("Payments by hour"), p.PAYMENTS_READ_ANY, ("payment.completed",)),
        ("failed_logins", _("Failed sign-ins by hour"), p.AUDIT_READ, FAILED),
        (
            "denied",
            _("Refused and slowed down by hour"),
            p.AUDIT_READ,
            ("access.denied", "limit.hit", "ip.refused"),
        ),
    ):
        register(Series(name, label, permission, _by_hour(kinds)))


def alerts(_user: Any) -> Reading:
    """Read how many alerts are active, and whether anybody looks at them."""
    active, unseen = (
        Alert.objects.filter(status__in=ACTIVE).count(),
        Alert.objects.filter(status="OPEN").count(),
    )
    words = _("%d nobody looks at") % unseen if unseen else ""
    return Reading(str(active), "/admin/watch/alert/", "bad" if unseen else "good", words)


def incidents(_user: Any) -> Reading:
    """Read how many incidents are not closed."""
    count = Incident.objects.exclude(state="CLOSED").count()
    return Reading(str(count), "/admin/watch/incident/", "warn" if count else "good")


def approvals(user: Any) -> Reading:
    """Read how many requests of others wait."""
    waiting = [a for a in list_approvals(status="PENDING") if a.requested_by_id != user.pk]
    url = "/admin/approvals/approval/?status__exact=PENDING"
    return Reading(str(len(waiting)), url, "warn" if waiting else "good")


def payments(_user: Any) -> Reading:
    """Read how many payments were made within a day."""
    return Reading(
        str(count_since(("payment.completed",), _now() - timedelta(hours=HOURS))), "/admin/payments/payment/"
    )


def seal(_user: Any) -> Reading:
    """Read for how long the oldest event has waited to be sealed."""
    stopped = history.stopped_because()
    return _seconds(
        log.oldest_waiting_seconds(), alarms.SEAL_LAG_SECONDS, _("the log is stopped") if stopped else ""
    )


def witness(_user: Any) -> Reading:
    """Read for how long the witnesses have been silent."""
    return _seconds(log.witness_silence_seconds(), alarms.WITNESS_SILENCE_SECONDS, "")


def queue(_user: Any) -> Reading:
    """Read how far the rules are behind."""
    behind = alarms.unjudged()
    return Reading(
        str(behind), "/admin/watch/rulesetting/", "bad" if behind > alarms.MOST_UNJUDGED else "good"
    )


def notices(_user: Any) -> Reading:
    """Read how many notices are not delivered."""
    count = Notice.objects.exclude(status="SENT").count()
    return Reading(str(count), "/admin/watch/notice/", "warn" if count else "good")


def _of_a_day(kinds: Sequence[str], searched: str, _user: Any) -> Reading:
    return Reading(str(count_since(kinds, _now() - timedelta(hours=HOURS))), f"{LEAVES}{searched}")


def _seconds(value: float, limit: float, words: Any) -> Reading:
    bad = value > limit or words
    return Reading(
        f"{value:.0f} s", "/admin/audit/leaf/", "bad" if bad else "good", words or (_("late") if bad else "")
    )


def _by_hour(kinds: Sequence[str]) -> Callable[[], Sequence[tuple[str, int]]]:
    def read() -> Sequence[tuple[str, int]]:
        hour = _now().replace(minute=0, second=0, microsecond=0)
        hours = [hour - timedelta(hours=n) for n in reversed(range(HOURS))]
        counts = counts_by_hour(kinds, hours[0])
        return [(f"{at:%H}", counts.get(at, 0)) for at in hours]

    return read


def _now() -> datetime:
    return datetime.now(UTC)
