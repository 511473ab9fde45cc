"""Alerts and incidents, with their timeline and runbook."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from approvals.operations import request_approval
from audit.actor import Actor
from bank import clock
from bank.access import permissions
from bank.site.stepped_admin import Field, Step, SteppedAdmin
from watch import operations, queries
from watch.admin import shown
from watch.models import Alert, Incident
from watch.models.alerts import ACTIVE
from watch.rules import SEVERITIES

ABOUT_CHARACTERS = 20


@admin.register(Alert)
class AlertAdmin(SteppedAdmin):
    """What rules and alarms found."""

    view_permission = permissions.ALERTS_READ
    fields = (
        "id", "meaning", "kind", "key", "severity", "status", "count", "raised_at", "look_before",
        "last_seen_at", "over_at", "acknowledged_by", "acknowledged_at", "decided_by", "decided_at",
        "reason", "incident", "runbook", "events",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("what", "about", "severity", "status", "count", "raised_at")
    list_filter = ("status", "severity", "kind")
    ordering = ("-id",)

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, alert: Alert) -> str:
        """Return its kind with spaces: a list is too narrow for the name in one piece."""
        return alert.kind.replace("_", " ")

    @admin.display(description=_("about"), ordering="key")
    def about(self, alert: Alert) -> str:
        """Return the beginning of its key: enough to tell alerts apart; the alert's page has all of it."""
        return Truncator(alert.key).chars(ABOUT_CHARACTERS)

    @admin.display(description=_("meaning"))
    def meaning(self, alert: Alert) -> str:
        """Return in a sentence what was found."""
        return alert.known_kind.meaning

    @admin.display(description=_("what to do"))
    def runbook(self, alert: Alert) -> SafeString:
        """Return the runbook, to be opened."""
        return shown.runbook(alert.known_kind.runbook)

    @admin.display(description=_("from the log"))
    def events(self, alert: Alert) -> SafeString:
        """Return the events it was raised for, and what became of it."""
        return shown.timeline(queries.events_of_alert(alert))

    def steps(self, row: Alert) -> Iterable[Step]:
        """Return: look, it is an incident, it was nothing."""
        decide = permissions.ALERTS_DECIDE
        if row.status == Alert.Status.OPEN:
            yield Step("acknowledge", _("Acknowledge: I look at it"), decide, operations.acknowledge_alert)
        if row.status in ACTIVE:
            fields = (
                Field("summary", _("What it is about (no names)")),
                Field("incident_id", _("Or the id of an open incident it belongs to")),
            )
            yield Step(
                "escalate", _("Escalate: it is an incident"), decide, operations.escalate_alert, fields
            )
            why = (Field("reason", _("Why it was nothing"), required=True),)
            yield Step("dismiss", _("False alarm"), decide, operations.dismiss_alert, why)


@admin.register(Incident)
class IncidentAdmin(SteppedAdmin):
    """What alerts turned out to be."""

    view_permission = permissions.ALERTS_READ
    add_permission = permissions.INCIDENTS_MANAGE
    fields = (
        "id", "summary", "kind", "severity", "state", "opened_by", "aware_at", "deadline", "breach",
        "breach_reason", "authority_told_at", "contained_at", "closed_at", "closed_by", "outcome", "runbook",
        "affected", "timeline",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "summary", "kind", "severity", "state", "breach", "aware_at", "deadline")
    list_filter = ("state", "severity", "breach")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Incidents come from alerts, or over the API."""
        return False

    @admin.display(description=_("tell the authority before"))
    def deadline(self, incident: Incident) -> SafeString | str:
        """Return when the 72 hours end, and how many are left."""
        if not incident.must_tell:
            return "–"
        hours = (incident.tell_before - clock.now()).total_seconds() / 3600
        left = _("%d hours left") % hours if hours > 0 else _("over since %d hours") % -hours
        return format_html("{} ({})", f"{incident.tell_before:%Y-%m-%d %H:%M} UTC", left)

    @admin.display(description=_("what to do"))
    def runbook(self, incident: Incident) -> SafeString:
        """Return the runbook, to be opened."""
        return shown.runbook(incident.known_kind.runbook)

    @admin.display(description=_("whom it is about"))
    def affected(self, incident: Incident) -> str:
        """Return the pseudonyms its events are about."""
        return ", ".join(queries.affected_by(incident)) or "–"

    @admin.display(description=_("from the log"))
    def timeline(self, incident: Incident) -> SafeString:
        """Return what happened and what was done."""
        return shown.timeline(queries.timeline_of(incident))

    def steps(self, row: Incident) -> Iterable[Step]:
        """Return what is open in this state."""
        if row.state == Incident.State.CLOSED:
            return
        manage = permissions.INCIDENTS_MANAGE
        if row.state == Incident.State.OPEN:
            yield Step("contain", _("Contained: it goes on no longer"), manage, operations.contain_incident)
        worse = SEVERITIES[SEVERITIES.index(row.severity) + 1 :]
        if worse:
            field = (Field("severity", _("How severe it is"), worse),)
            yield Step("worsen", _("It is worse"), manage, operations.raise_severity, field)
        breach = (
            Field("breach", _("Was personal data touched?"), ("no", "yes")),
            Field("reason", _("Why you think so"), required=True),
        )
        yield Step("assess", _("Decide about personal data"), manage, _assess, breach)
        if row.breach == Incident.Breach.YES and row.authority_told_at is None:
            yield Step("tell", _("The authority was told"), manage, operations.tell_authority)
        outcome = (Field("outcome", _("What it was in the end"), required=True),)
        close, label = (
            (_ask_to_close, _("Ask to close")) if row.is_severe else (operations.close_incident, _("Close"))
        )
        yield Step("close", label, manage, close, outcome)


def _assess(incident_id: str, *, breach: str, reason: str, by: Actor) -> None:
    operations.assess_breach(incident_id, is_breach=breach == "yes", reason=reason, by=by)


def _ask_to_close(incident_id: str, *, outcome: str, by: Actor) -> None:
    request_approval(
        "incident.close", incident_id, payload={"outcome": outcome}, reason=outcome or "–", by=by
    )
