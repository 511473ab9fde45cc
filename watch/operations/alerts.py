"""Alerts: raised, acknowledged, escalated to an incident, or found to be a false alarm."""

from datetime import timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from audit.actor import Actor
from watch.errors import AlertDecided, AlertNotFound, ReasonMissing
from watch.kinds import KINDS, LOOK_WITHIN_MINUTES
from watch.models import Alert, Incident, Notice, RuleSetting
from watch.models.alerts import ACTIVE
from watch.operations.incidents import lock_open_incident, open_incident
from watch.operations.life import BY, step
from watch.operations.notices import write_notices


def raise_alert(kind: str, key: str, *, count: int = 1, last_index: int = -1) -> Alert | None:
    """Raise an alert and have people told; None when one of this kind and key is active already.

    An alert is raised although the log cannot take it: that may be what it is about.
    """
    with transaction.atomic():
        alert = _inserted(kind, key, count, last_index)
        if alert is None:
            return None
        _record_if_possible(alert)
        write_notices(alert.id, alert.kind, alert.severity, Notice.Occasion.RAISED)
    return alert


def acknowledge_alert(alert_id: str, *, by: Actor) -> Alert:
    """Say that somebody looks; raises AlertNotFound, AlertDecided."""
    with transaction.atomic():
        alert = _active(alert_id)
        if alert.status == Alert.Status.ACKNOWLEDGED:
            raise AlertDecided("Somebody acknowledged this alert already.")
        now = timezone.now()
        changed = {
            "status": Alert.Status.ACKNOWLEDGED,
            "acknowledged_by_id": by.user_id,
            "acknowledged_at": now,
        }
        step(alert, "alert.acknowledged", by=by, target=("alert", alert.id), changed=changed)
    return alert


def dismiss_alert(alert_id: str, *, reason: str, by: Actor) -> Alert:
    """Say that it was a false alarm, and why; raises AlertNotFound, AlertDecided, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing()
    with transaction.atomic():
        alert = _active(alert_id)
        changed = {"status": Alert.Status.FALSE_ALARM, "reason": reason.strip(), **_decided(by)}
        step(alert, "alert.dismissed", by=by, target=("alert", alert.id), changed=changed)
    return alert


def escalate_alert(alert_id: str, *, summary: str = "", incident_id: str = "", by: Actor) -> Incident:
    """Make an alert an incident, or a part of one that is open.

    Raises AlertNotFound, AlertDecided, IncidentNotFound, IncidentClosed.
    """
    with transaction.atomic():
        alert = _active(alert_id)
        if incident_id:
            incident = lock_open_incident(incident_id)
        else:
            said = summary or KINDS[alert.kind].meaning
            incident = open_incident(alert.kind, severity=alert.severity, summary=said, by=by)
        changed = {"status": Alert.Status.ESCALATED, "incident_id": incident.id, **_decided(by)}
        step(alert, "alert.escalated", by=by, target=("alert", alert.id), changed=changed)
    return incident


def _inserted(kind: str, key: str, count: int, last_index: int) -> Alert | None:
    alert = Alert(
        kind=kind,
        key=key[:200],
        severity=KINDS[kind].severity,
        count=count,
        last_index=last_index,
        look_before=timezone.now() + timedelta(minutes=_look_within(kind)),
    )
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError as error:
        if "alert_is_raised_once" in str(error):
            return None
        raise
    return alert


def _look_within(kind: str) -> int:
    found = RuleSetting.objects.filter(name=kind).values_list("look_within_minutes", flat=True).first()
    return found or LOOK_WITHIN_MINUTES[KINDS[kind].severity]


def _record_if_possible(alert: Alert) -> None:
    """Record the first step; without a log that takes it, the first step is the one that comes next."""
    try:
        with transaction.atomic():
            step(alert, "alert.raised", by=BY, target=("alert", alert.id), changed={}, reason=alert.kind)
    except DatabaseError:
        alert.version, alert.last_event_id = 0, None


def _active(alert_id: str) -> Alert:
    try:
        alert = Alert.objects.select_for_update(no_key=True).get(id=alert_id)
    except (Alert.DoesNotExist, ValueError) as error:
        raise AlertNotFound() from error
    if alert.status not in ACTIVE:
        raise AlertDecided()
    return alert


def _decided(by: Actor) -> dict[str, object]:
    return {"decided_by_id": by.user_id, "decided_at": timezone.now()}
