"""Incidents: opened, contained, assessed, told to the authority, closed; by two when they are severe."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.actor import Actor
from audit.history import leaves_of
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from watch.errors import (
    AuthorityNotTold,
    BreachUndecided,
    IncidentClosed,
    IncidentNotFound,
    NeedsTwoPeople,
    ReasonMissing,
    SeverityLowered,
    UnknownEvent,
    UnknownKindOfIncident,
)
from watch.kinds import KINDS
from watch.models import Incident, IncidentEvent, Notice
from watch.operations.life import step
from watch.operations.notices import write_notices
from watch.rules import SEVERITIES


def open_incident(kind: str, *, severity: str, summary: str, by: Actor) -> Incident:
    """Open an incident; its 72 hours begin now. Raises UnknownKindOfIncident, ReasonMissing."""
    if kind not in KINDS:
        raise UnknownKindOfIncident()
    if not summary.strip():
        raise ReasonMissing()
    with transaction.atomic():
        incident = Incident.objects.create(
            kind=kind,
            severity=severity,
            summary=summary.strip()[:140],
            opened_by_id=by.user_id,
            aware_at=clock.now(),
            last_event_id=uuid7(),
        )
        record(
            "incident.opened",
            by=by,
            target=("incident", incident.id),
            event_id=incident.last_event_id,
            reason=kind,
            changes={"severity": severity},
        )
        write_notices(incident.id, kind, severity, Notice.Occasion.OPENED)
    return incident


def contain_incident(incident_id: str, *, by: Actor) -> Incident:
    """Say that it goes on no longer; raises IncidentNotFound, IncidentClosed."""
    changed = {"state": Incident.State.CONTAINED, "contained_at": clock.now()}
    return _changed(incident_id, "incident.contained", changed, by)


def raise_severity(incident_id: str, *, severity: str, by: Actor) -> Incident:
    """Say that it is worse than thought; raises IncidentNotFound, IncidentClosed, SeverityLowered."""
    with transaction.atomic():
        incident = lock_open_incident(incident_id)
        if SEVERITIES.index(severity) <= SEVERITIES.index(incident.severity):
            raise SeverityLowered()
        _step(incident, "incident.worsened", {"severity": severity}, by)
    return incident


def assess_breach(incident_id: str, *, is_breach: bool, reason: str, by: Actor) -> Incident:
    """Say whether personal data was touched, and why one thinks so (GDPR, Article 33(5)).

    Raises IncidentNotFound, IncidentClosed, ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing()
    breach = Incident.Breach.YES if is_breach else Incident.Breach.NO
    changed = {"breach": breach, "breach_reason": reason.strip()[:140]}
    return _changed(incident_id, "incident.assessed", changed, by, reason=f"breach_{breach}")


def tell_authority(incident_id: str, *, by: Actor) -> Incident:
    """Note that the authority was told; raises IncidentNotFound, IncidentClosed, BreachUndecided."""
    with transaction.atomic():
        incident = lock_open_incident(incident_id)
        if incident.breach != Incident.Breach.YES:
            raise BreachUndecided()
        if incident.authority_told_at is None:
            _step(incident, "incident.authority_told", {"authority_told_at": clock.now()}, by)
    return incident


def link_event(incident_id: str, event_id: UUID, *, by: Actor) -> Incident:
    """Add an event of the log to the timeline; raises IncidentNotFound, IncidentClosed, UnknownEvent."""
    if not leaves_of([event_id]):
        raise UnknownEvent()
    with transaction.atomic():
        incident = lock_open_incident(incident_id)
        try:
            with transaction.atomic():
                IncidentEvent.objects.create(incident=incident, event_id=event_id)
        except IntegrityError:
            return incident
        _step(incident, "incident.event_linked", {}, by)
    return incident


def close_incident(incident_id: str, *, outcome: str, by: Actor) -> Incident:
    """Close an incident one person may close.

    Raises IncidentNotFound, IncidentClosed, NeedsTwoPeople, and as `check_closable`.
    """
    with transaction.atomic():
        incident = lock_open_incident(incident_id)
        if incident.is_severe:
            raise NeedsTwoPeople()
        carry_out_closing(incident, outcome=outcome, by=by)
    return incident


def carry_out_closing(incident: Incident, *, outcome: str, by: Actor) -> None:
    """Close a locked incident; the database asks for the approval of a severe one."""
    check_closable(incident, outcome)
    changed = {
        "state": Incident.State.CLOSED,
        "outcome": outcome.strip()[:140],
        "closed_at": clock.now(),
        "closed_by_id": by.user_id,
    }
    _step(incident, "incident.closed", changed, by)


def check_closable(incident: Incident, outcome: str) -> None:
    """Raise ReasonMissing, BreachUndecided or AuthorityNotTold unless this can be closed."""
    if not outcome.strip():
        raise ReasonMissing()
    if incident.breach == Incident.Breach.UNDECIDED:
        raise BreachUndecided()
    if incident.breach == Incident.Breach.YES and incident.authority_told_at is None:
        raise AuthorityNotTold()


def lock_open_incident(incident_id: str) -> Incident:
    """Return an incident, locked; raises IncidentNotFound, IncidentClosed."""
    try:
        incident = Incident.objects.select_for_update(no_key=True).get(id=incident_id)
    except (Incident.DoesNotExist, ValueError) as error:
        raise IncidentNotFound() from error
    if incident.state == Incident.State.CLOSED:
        raise IncidentClosed()
    return incident


def _changed(incident_id: str, kind: str, changed: dict[str, Any], by: Actor, reason: str = "") -> Incident:
    with transaction.atomic():
        incident = lock_open_incident(incident_id)
        _step(incident, kind, changed, by, reason)
    return incident


def _step(incident: Incident, kind: str, changed: dict[str, Any], by: Actor, reason: str = "") -> None:
    step(incident, kind, by=by, target=("incident", incident.id), changed=changed, reason=reason)
