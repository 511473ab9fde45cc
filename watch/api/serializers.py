"""Alerts and incidents in the words of the API."""

from typing import Any

from rest_framework import serializers

from bank.wire.pages import PageAnswer, PageQuery
from bank.wire.serializers import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictSerializer,
)
from watch.kinds import KINDS
from watch.models import Alert, Incident, RuleSetting
from watch.queries import Moment
from watch.rules import SEVERITIES

TEXT = 140


class ReasonSerializer(StrictSerializer):
    """Why: about the case, never about a person."""

    reason = StrictCharField(max_length=TEXT)


class EscalateSerializer(StrictSerializer):
    """Into a new incident, or one that is open."""

    summary = StrictCharField(max_length=TEXT, required=False, allow_blank=True, default="")
    incident = StrictCharField(max_length=64, required=False, allow_blank=True, default="")


class OpenSerializer(StrictSerializer):
    """An incident nobody's alert was about."""

    kind = StrictChoiceField(choices=list(KINDS))
    severity = StrictChoiceField(choices=SEVERITIES)
    summary = StrictCharField(max_length=TEXT)


class EventSerializer(StrictSerializer):
    """An event of the log."""

    event_id = serializers.UUIDField()


class SeveritySerializer(StrictSerializer):
    """How severe it is."""

    severity = StrictChoiceField(choices=SEVERITIES)


class BreachSerializer(ReasonSerializer):
    """Whether personal data was touched, and why one thinks so."""

    breach = StrictBooleanField()


class CloseSerializer(StrictSerializer):
    """What it was in the end."""

    outcome = StrictCharField(max_length=TEXT)


class RuleChangeSerializer(ReasonSerializer):
    """What shall hold of a rule; what is left out stays."""

    threshold = StrictIntegerField(min_value=1, max_value=100_000, required=False)
    window_seconds = StrictIntegerField(min_value=10, max_value=86_400, required=False)
    look_within_minutes = StrictIntegerField(min_value=1, max_value=10_080, required=False)
    is_on = StrictBooleanField(required=False)


class AlertsQuery(PageQuery):
    """Which alerts."""

    status = StrictChoiceField(choices=Alert.Status.values, required=False)
    kind = StrictChoiceField(choices=list(KINDS), required=False)


class IncidentsQuery(PageQuery):
    """Which incidents."""

    state = StrictChoiceField(choices=Incident.State.values, required=False)


class MomentAnswer(serializers.Serializer[Any]):
    """One line of a timeline, as the log says it; `event_id` leads to its proof."""

    at = serializers.DateTimeField()
    leaf_index = serializers.IntegerField()
    event_id = serializers.UUIDField()
    kind = serializers.CharField()
    outcome = serializers.CharField(allow_blank=True)
    subject = serializers.CharField(allow_blank=True)
    target = serializers.CharField(allow_blank=True)


class AlertAnswer(serializers.Serializer[Any]):
    """Something worth a look."""

    id = serializers.CharField()
    kind = serializers.CharField()
    meaning = serializers.CharField()
    key = serializers.CharField()
    severity = serializers.ChoiceField(SEVERITIES)
    status = serializers.ChoiceField(Alert.Status.values)
    count = serializers.IntegerField()
    raised_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    look_before = serializers.DateTimeField()
    over_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    incident = serializers.CharField(allow_null=True)
    runbook = serializers.CharField()


class AlertDetailAnswer(AlertAnswer):
    """An alert with the events it was raised for."""

    events = MomentAnswer(many=True)


class AlertPage(PageAnswer):
    """One page of alerts."""

    data = AlertAnswer(many=True)  # type: ignore[assignment]


class IncidentAnswer(serializers.Serializer[Any]):
    """An incident. `tell_before` is when the authority must have been told (GDPR, Article 33)."""

    id = serializers.CharField()
    kind = serializers.CharField()
    severity = serializers.ChoiceField(SEVERITIES)
    state = serializers.ChoiceField(Incident.State.values)
    summary = serializers.CharField()
    opened_by = serializers.CharField()
    aware_at = serializers.DateTimeField()
    tell_before = serializers.DateTimeField()
    breach = serializers.ChoiceField(Incident.Breach.values)
    breach_reason = serializers.CharField(allow_blank=True)
    authority_told_at = serializers.DateTimeField(allow_null=True)
    contained_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    outcome = serializers.CharField(allow_blank=True)
    runbook = serializers.CharField()


class IncidentPage(PageAnswer):
    """One page of incidents."""

    data = IncidentAnswer(many=True)  # type: ignore[assignment]


class TimelineAnswer(serializers.Serializer[Any]):
    """An incident from the log, and whom its events are about (pseudonyms)."""

    moments = MomentAnswer(many=True)
    affected_subjects = serializers.ListField(child=serializers.CharField())


class RuleAnswer(serializers.Serializer[Any]):
    """A rule over the log and its numbers."""

    name = serializers.CharField()
    meaning = serializers.CharField()
    severity = serializers.ChoiceField(SEVERITIES)
    threshold = serializers.IntegerField()
    window_seconds = serializers.IntegerField()
    look_within_minutes = serializers.IntegerField()
    is_on = serializers.BooleanField()


class RulesAnswer(serializers.Serializer[Any]):
    """Every rule."""

    data = RuleAnswer(many=True)  # type: ignore[assignment]


def said_moment(moment: Moment) -> dict[str, Any]:
    """Return a line of a timeline as the API says one."""
    return {
        "at": moment.at,
        "leaf_index": moment.index,
        "event_id": moment.event_id,
        "kind": moment.kind,
        "outcome": moment.outcome,
        "subject": moment.subject,
        "target": moment.target,
    }


def said_alert(alert: Alert) -> dict[str, Any]:
    """Return an alert as the API says one."""
    return {
        **{
            name: getattr(alert, name)
            for name in (
                "id", "kind", "key", "severity", "status", "count", "raised_at", "last_seen_at",
                "look_before", "over_at", "reason",
            )
        },
        "meaning": alert.known_kind.meaning,
        "acknowledged_by": alert.acknowledged_by_id,
        "decided_by": alert.decided_by_id,
        "incident": alert.incident_id,
        "runbook": alert.known_kind.runbook,
    }  # fmt: skip


def said_incident(incident: Incident) -> dict[str, Any]:
    """Return an incident as the API says one."""
    return {
        **{
            name: getattr(incident, name)
            for name in (
                "id", "kind", "severity", "state", "summary", "aware_at", "tell_before", "breach",
                "breach_reason", "authority_told_at", "contained_at", "closed_at", "outcome",
            )
        },
        "opened_by": incident.opened_by_id,
        "closed_by": incident.closed_by_id,
        "runbook": incident.known_kind.runbook,
    }  # fmt: skip


def said_rule(setting: RuleSetting) -> dict[str, Any]:
    """Return a rule as the API says one."""
    kind = KINDS[setting.name]
    numbers = ("name", "threshold", "window_seconds", "look_within_minutes", "is_on")
    return {"meaning": kind.meaning, "severity": kind.severity} | {n: getattr(setting, n) for n in numbers}
