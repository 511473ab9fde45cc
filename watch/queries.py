"""What can be asked of alerts, incidents and reviews."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from audit import history
from audit.models import Leaf
from watch.errors import AlertNotFound, IncidentNotFound
from watch.models import Alert, AlertEvent, DailyReview, Incident, IncidentEvent, RuleSetting, Tally


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline, as the log says it."""

    at: datetime
    index: int
    event_id: str
    kind: str
    outcome: str
    subject: str
    target: str


def get_alert(alert_id: str) -> Alert:
    """Return one alert; raises AlertNotFound."""
    try:
        return Alert.objects.get(id=alert_id)
    except (Alert.DoesNotExist, ValueError) as error:
        raise AlertNotFound() from error


def list_alerts(*, limit: int, status: str = "", kind: str = "", before: str | None = None) -> list[Alert]:
    """Return alerts, the newest first."""
    return _listed(Alert, {"status": status, "kind": kind}, before, limit)


def get_incident(incident_id: str) -> Incident:
    """Return one incident; raises IncidentNotFound."""
    try:
        return Incident.objects.get(id=incident_id)
    except (Incident.DoesNotExist, ValueError) as error:
        raise IncidentNotFound() from error


def list_incidents(*, limit: int, state: str = "", before: str | None = None) -> list[Incident]:
    """Return incidents, the newest first."""
    return _listed(Incident, {"state": state}, before, limit)


def events_of_alert(alert: Alert) -> list[Moment]:
    """Return the events an alert was raised for, and its own life, in the order of the log."""
    ids = AlertEvent.objects.filter(alert=alert).values_list("event_id", flat=True)
    return moments_of([*history.leaves_of(ids), *history.leaves_about(f"alert:{alert.id}")])


def timeline_of(incident: Incident) -> list[Moment]:
    """Return an incident from the log: what its alerts saw, what was linked, and what people did."""
    alerts = list(incident.alerts.values_list("id", flat=True))
    lives = [f"incident:{incident.id}", *(f"alert:{alert}" for alert in alerts)]
    leaves = [
        *history.leaves_of(_events_of(incident)),
        *(x for life in lives for x in history.leaves_about(life)),
    ]
    return moments_of(leaves)


def affected_by(incident: Incident) -> list[str]:
    """Return the pseudonyms the linked events are about, in the order of the alphabet."""
    leaves = history.leaves_of(_events_of(incident))
    about = {
        leaf.target.partition(":")[2] for leaf in leaves if leaf.target.startswith(("user:", "customer:"))
    }
    return sorted(about | {leaf.subject for leaf in leaves if leaf.subject})


def counts_by_hour(kinds: Sequence[str], since: datetime) -> dict[datetime, int]:
    """Return how many events of these kinds each hour had."""
    found = Tally.objects.filter(kind__in=kinds, hour__gte=since).values("hour").annotate(n=Sum("count"))
    return {row["hour"]: row["n"] for row in found}


def count_since(kinds: Sequence[str], since: datetime) -> int:
    """Return how many events of these kinds there were in the hours since then."""
    return sum(counts_by_hour(kinds, since - timedelta(hours=1)).values())


def list_reviews(limit: int = 31) -> list[DailyReview]:
    """Return daily reviews, the newest first."""
    return list(DailyReview.objects.order_by("-day")[:limit])


def list_rules() -> list[RuleSetting]:
    """Return the rules and their numbers, by name."""
    return list(RuleSetting.objects.order_by("name"))


def _events_of(incident: Incident) -> list[Any]:
    seen = AlertEvent.objects.filter(alert__incident=incident).values_list("event_id", flat=True)
    linked = IncidentEvent.objects.filter(incident=incident).values_list("event_id", flat=True)
    return [*seen, *linked]


def moments_of(leaves: Iterable[Leaf]) -> list[Moment]:
    """Return sealed events as lines of a timeline, in the order of the log, each once."""
    by_index = {leaf.index: leaf for leaf in leaves}
    return [
        Moment(x.recorded_at, x.index, str(x.event_id), x.kind, x.outcome, x.subject, x.target)
        for _, x in sorted(by_index.items())
    ]


def _listed(model: Any, asked: dict[str, str], before: str | None, limit: int) -> list[Any]:
    rows = model.objects.filter(**{name: value for name, value in asked.items() if value}).order_by("-id")
    return list((rows.filter(id__lt=before) if before else rows)[:limit])
