"""Alerts and incidents: listed, read, and what staff do with them."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals.api.serializers import ApprovalSerializer, said_approval
from approvals.operations import request_approval
from bank.access import permissions
from bank.wire.pages import page, read_cursor
from watch import operations, queries
from watch.api import serializers as said

ALERTS, INCIDENTS = ["Alerts"], ["Incidents"]


def _listed(request: Any, query: Any, rows: Any, item: Any) -> Response:
    asked = query.read(request)
    cursor, limit = read_cursor(request, asked), asked["limit"]
    filters = {name: value for name, value in asked.items() if name not in {"limit", "cursor"}}
    found = rows(before=cursor["id"] if cursor else None, limit=limit + 1, **filters)
    return page(request, found, limit=limit, key=lambda row: {"id": row.id}, item=item)


def _asked(approval: Any) -> Response:
    return Response(said_approval(approval), status=202, headers={"Location": f"/v1/approvals/{approval.id}"})


class AlertList(APIView):
    """What rules and alarms found."""

    permission = permissions.ALERTS_READ
    query_class = said.AlertsQuery

    @extend_schema(operation_id="list_alerts", responses=said.AlertPage, tags=ALERTS)
    def get(self, request: Any) -> Response:
        """List alerts, the newest first."""
        return _listed(request, said.AlertsQuery, queries.list_alerts, said.said_alert)


class AlertDetail(APIView):
    """One alert."""

    permission = permissions.ALERTS_READ

    @extend_schema(operation_id="get_alert", responses=said.AlertDetailAnswer, tags=ALERTS)
    def get(self, request: Any, alert_id: str) -> Response:
        """Read one alert with the events it was raised for."""
        alert = queries.get_alert(alert_id)
        events = [said.said_moment(moment) for moment in queries.events_of_alert(alert)]
        return Response({**said.said_alert(alert), "events": events})


class Acknowledge(APIView):
    """Somebody looks."""

    permission: ClassVar[Any] = {"POST": permissions.ALERTS_DECIDE}

    @extend_schema(
        operation_id="acknowledge_alert", request=None, responses={200: said.AlertAnswer}, tags=ALERTS
    )
    def post(self, request: Any, alert_id: str) -> Response:
        """Say that you look at it."""
        return Response(said.said_alert(operations.acknowledge_alert(alert_id, by=request.auth)))


class Escalate(APIView):
    """It is an incident."""

    permission: ClassVar[Any] = {"POST": permissions.ALERTS_DECIDE}

    @extend_schema(
        operation_id="escalate_alert",
        request=said.EscalateSerializer,
        responses={201: said.IncidentAnswer},
        tags=ALERTS,
    )
    def post(self, request: Any, alert_id: str) -> Response:
        """Make it an incident, or a part of one that is open."""
        asked = said.EscalateSerializer.read(request)
        incident = operations.escalate_alert(
            alert_id, summary=asked["summary"], incident_id=asked["incident"], by=request.auth
        )
        return Response(said.said_incident(incident), status=201)


class Dismiss(APIView):
    """It was a false alarm."""

    permission: ClassVar[Any] = {"POST": permissions.ALERTS_DECIDE}

    @extend_schema(
        operation_id="dismiss_alert",
        request=said.ReasonSerializer,
        responses={200: said.AlertAnswer},
        tags=ALERTS,
    )
    def post(self, request: Any, alert_id: str) -> Response:
        """Call it a false alarm, and say why."""
        reason = said.ReasonSerializer.read(request)["reason"]
        return Response(said.said_alert(operations.dismiss_alert(alert_id, reason=reason, by=request.auth)))


class IncidentList(APIView):
    """What alerts turned out to be, and what people reported."""

    permission: ClassVar[Any] = {"GET": permissions.ALERTS_READ, "POST": permissions.INCIDENTS_MANAGE}
    query_class: ClassVar[Any] = {"GET": said.IncidentsQuery}

    @extend_schema(operation_id="list_incidents", responses=said.IncidentPage, tags=INCIDENTS)
    def get(self, request: Any) -> Response:
        """List incidents, the newest first."""
        return _listed(request, said.IncidentsQuery, queries.list_incidents, said.said_incident)

    @extend_schema(
        operation_id="open_incident",
        request=said.OpenSerializer,
        responses={201: said.IncidentAnswer},
        tags=INCIDENTS,
    )
    def post(self, request: Any) -> Response:
        """Open an incident nobody's alert was about; its 72 hours begin."""
        asked = said.OpenSerializer.read(request)
        incident = operations.open_incident(
            asked["kind"], severity=asked["severity"], summary=asked["summary"], by=request.auth
        )
        return Response(said.said_incident(incident), status=201)


class IncidentDetail(APIView):
    """One incident."""

    permission = permissions.ALERTS_READ

    @extend_schema(operation_id="get_incident", responses=said.IncidentAnswer, tags=INCIDENTS)
    def get(self, request: Any, incident_id: str) -> Response:
        """Read one incident."""
        return Response(said.said_incident(queries.get_incident(incident_id)))


class Timeline(APIView):
    """What the log says of an incident."""

    permission = permissions.ALERTS_READ

    @extend_schema(operation_id="get_incident_timeline", responses=said.TimelineAnswer, tags=INCIDENTS)
    def get(self, request: Any, incident_id: str) -> Response:
        """Read what its alerts saw, what was linked and what people did, and whom it is about."""
        incident = queries.get_incident(incident_id)
        moments = [said.said_moment(moment) for moment in queries.timeline_of(incident)]
        return Response({"moments": moments, "affected_subjects": queries.affected_by(incident)})


class IncidentStep(APIView):
    """One step with an incident."""

    permission: ClassVar[Any] = {"POST": permissions.INCIDENTS_MANAGE}


class LinkEvent(IncidentStep):
    """One more event belongs to it."""

    @extend_schema(
        operation_id="link_event",
        request=said.EventSerializer,
        responses={200: said.IncidentAnswer},
        tags=INCIDENTS,
    )
    def post(self, request: Any, incident_id: str) -> Response:
        """Add an event of the log to the timeline."""
        event_id = said.EventSerializer.read(request)["event_id"]
        return Response(said.said_incident(operations.link_event(incident_id, event_id, by=request.auth)))


class Contain(IncidentStep):
    """It goes on no longer."""

    @extend_schema(
        operation_id="contain_incident", request=None, responses={200: said.IncidentAnswer}, tags=INCIDENTS
    )
    def post(self, request: Any, incident_id: str) -> Response:
        """Say that it goes on no longer."""
        return Response(said.said_incident(operations.contain_incident(incident_id, by=request.auth)))


class Severity(IncidentStep):
    """It is worse than thought."""

    @extend_schema(
        operation_id="raise_severity",
        request=said.SeveritySerializer,
        responses={200: said.IncidentAnswer},
        tags=INCIDENTS,
    )
    def post(self, request: Any, incident_id: str) -> Response:
        """Raise the severity; it is never lowered."""
        severity = said.SeveritySerializer.read(request)["severity"]
        incident = operations.raise_severity(incident_id, severity=severity, by=request.auth)
        return Response(said.said_incident(incident))


class Assess(IncidentStep):
    """Whether personal data was touched."""

    @extend_schema(
        operation_id="assess_breach",
        request=said.BreachSerializer,
        responses={200: said.IncidentAnswer},
        tags=INCIDENTS,
    )
    def post(self, request: Any, incident_id: str) -> Response:
        """Say whether personal data was touched, and why you think so."""
        asked = said.BreachSerializer.read(request)
        incident = operations.assess_breach(
            incident_id, is_breach=asked["breach"], reason=asked["reason"], by=request.auth
        )
        return Response(said.said_incident(incident))


class TellAuthority(IncidentStep):
    """The supervisory authority knows."""

    @extend_schema(
        operation_id="tell_authority", request=None, responses={200: said.IncidentAnswer}, tags=INCIDENTS
    )
    def post(self, request: Any, incident_id: str) -> Response:
        """Note that the authority was told; the clock stops."""
        return Response(said.said_incident(operations.tell_authority(incident_id, by=request.auth)))


class Close(IncidentStep):
    """It is over."""

    @extend_schema(
        operation_id="close_incident",
        request=said.CloseSerializer,
        responses={200: said.IncidentAnswer, 202: ApprovalSerializer},
        tags=INCIDENTS,
    )
    def post(self, request: Any, incident_id: str) -> Response:
        """Close it; a severe one waits for somebody else to approve (202)."""
        outcome = said.CloseSerializer.read(request)["outcome"]
        if not queries.get_incident(incident_id).is_severe:
            return Response(
                said.said_incident(operations.close_incident(incident_id, outcome=outcome, by=request.auth))
            )
        payload = {"outcome": outcome}
        return _asked(
            request_approval("incident.close", incident_id, payload=payload, reason=outcome, by=request.auth)
        )


class RuleList(APIView):
    """How many are too many."""

    permission = permissions.ALERTS_READ

    @extend_schema(operation_id="list_rules", responses=said.RulesAnswer, tags=ALERTS)
    def get(self, request: Any) -> Response:
        """List the rules and their numbers."""
        return Response({"data": [said.said_rule(rule) for rule in queries.list_rules()]})


class ChangeRule(APIView):
    """A rule shall count otherwise."""

    permission: ClassVar[Any] = {"POST": permissions.RULES_CHANGE}

    @extend_schema(
        operation_id="ask_to_change_rule",
        request=said.RuleChangeSerializer,
        responses={202: ApprovalSerializer},
        tags=ALERTS,
    )
    def post(self, request: Any, name: str) -> Response:
        """Ask for it; somebody else decides."""
        asked = said.RuleChangeSerializer.read(request)
        reason = asked.pop("reason")
        return _asked(request_approval("rule.change", name, payload=asked, reason=reason, by=request.auth))
