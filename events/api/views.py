"""The feed of an app, its webhook endpoints, and what was delivered there. For the app's own tokens."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from bank import clock
from bank.access import permissions
from bank.wire.pages import PageQuery, page, read_cursor
from events import queries
from events.api import serializers as said
from events.models import WebhookEndpoint
from events.operations import deliveries, endpoints
from events.operations.feed import message_of

TAGS = ["Events and webhooks"]


class EventList(APIView):
    """What happened."""

    permission = permissions.EVENTS_READ
    query_class = {"GET": said.EventsQuery}

    @extend_schema(operation_id="list_events", responses=said.EventPageSerializer, tags=TAGS)
    def get(self, request: Any) -> Response:
        """List what happened after a number, in order, without gaps; kept for thirty days."""
        asked = said.EventsQuery.read(request)
        after, limit = asked["after"], asked["limit"]
        rows = queries.list_events(owned_by=request.auth, after=after, limit=limit + 1)
        shown = rows[:limit]
        return Response(
            {
                "data": [message_of(event) for event in shown],
                "has_more": len(rows) > limit,
                "next_after": shown[-1].number if shown else after,
            }
        )


class EndpointList(APIView):
    """An app's webhook endpoints."""

    permission = permissions.WEBHOOKS_MANAGE

    @extend_schema(operation_id="list_webhook_endpoints", responses=said.EndpointListSerializer, tags=TAGS)
    def get(self, request: Any) -> Response:
        """List the endpoints, the oldest first."""
        rows = queries.list_endpoints(owned_by=request.auth)
        data = [said.said_endpoint(row, now=clock.now()) for row in rows]
        return Response({"data": data, "has_more": False, "next_cursor": None})

    @extend_schema(
        operation_id="add_webhook_endpoint",
        request=said.NewEndpointSerializer,
        responses={201: said.EndpointWithSecretSerializer},
        tags=TAGS,
    )
    def post(self, request: Any) -> Response:
        """Add an endpoint; its secret is told now and never again."""
        wanted = endpoints.NewEndpoint(**said.NewEndpointSerializer.read(request))
        endpoint = endpoints.add_endpoint(wanted, by=request.auth)
        return _with_secret(endpoint, 201, {"Location": f"/v1/webhook-endpoints/{endpoint.id}"})


class EndpointDetail(APIView):
    """One webhook endpoint."""

    permission = permissions.WEBHOOKS_MANAGE

    @extend_schema(operation_id="get_webhook_endpoint", responses=said.EndpointSerializer, tags=TAGS)
    def get(self, request: Any, endpoint_id: str) -> Response:
        """Read one endpoint."""
        endpoint = queries.get_endpoint(endpoint_id, owned_by=request.auth)
        return Response(said.said_endpoint(endpoint, now=clock.now()))

    @extend_schema(
        operation_id="change_webhook_endpoint",
        request=said.ChangeEndpointSerializer,
        responses=said.EndpointSerializer,
        tags=TAGS,
    )
    def patch(self, request: Any, endpoint_id: str) -> Response:
        """Change where, or of what, the app is told; or switch the endpoint off and on."""
        changes = said.ChangeEndpointSerializer.read(request)
        endpoint = endpoints.change_endpoint(endpoint_id, changes, by=request.auth)
        return Response(said.said_endpoint(endpoint, now=clock.now()))

    @extend_schema(operation_id="remove_webhook_endpoint", responses={204: None}, tags=TAGS)
    def delete(self, request: Any, endpoint_id: str) -> Response:
        """Take it away, with the log of its deliveries."""
        endpoints.remove_endpoint(endpoint_id, by=request.auth)
        return Response(status=204)


class Rotate(APIView):
    """A new secret."""

    permission = {"POST": permissions.WEBHOOKS_MANAGE}

    @extend_schema(
        operation_id="rotate_webhook_secret",
        request=None,
        responses={200: said.EndpointWithSecretSerializer},
        tags=TAGS,
    )
    def post(self, request: Any, endpoint_id: str) -> Response:
        """Make a new secret; for a day both sign."""
        return _with_secret(endpoints.rotate_secret(endpoint_id, by=request.auth), 200)


class Test(APIView):
    """Ring once."""

    permission = {"POST": permissions.WEBHOOKS_MANAGE}

    @extend_schema(
        operation_id="test_webhook_endpoint",
        request=None,
        responses={202: said.DeliverySerializer},
        tags=TAGS,
    )
    def post(self, request: Any, endpoint_id: str) -> Response:
        """Send an event that says nothing but that it is a test."""
        return Response(said.said_delivery(endpoints.test_endpoint(endpoint_id, by=request.auth)), status=202)


class DeliveryList(APIView):
    """What was delivered to one endpoint."""

    permission = permissions.WEBHOOKS_MANAGE
    query_class = {"GET": PageQuery}

    @extend_schema(operation_id="list_webhook_deliveries", responses=said.DeliveryPageSerializer, tags=TAGS)
    def get(self, request: Any, endpoint_id: str) -> Response:
        """List deliveries, the newest first."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        endpoint = queries.get_endpoint(endpoint_id, owned_by=request.auth)
        rows = queries.list_deliveries(endpoint, before=cursor["id"] if cursor else None, limit=limit + 1)
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said.said_delivery)


class DeliveryDetail(APIView):
    """One delivery."""

    permission = permissions.WEBHOOKS_MANAGE

    @extend_schema(operation_id="get_webhook_delivery", responses=said.DeliveryDetailSerializer, tags=TAGS)
    def get(self, request: Any, endpoint_id: str, delivery_id: str) -> Response:
        """Read one delivery with every attempt: what was signed, what came back."""
        endpoint = queries.get_endpoint(endpoint_id, owned_by=request.auth)
        delivery = queries.get_delivery(endpoint, delivery_id)
        log = [said.said_attempt(attempt) for attempt in queries.list_attempts(delivery)]
        return Response({**said.said_delivery(delivery), "log": log})


class Retry(APIView):
    """Once more."""

    permission = {"POST": permissions.WEBHOOKS_MANAGE}

    @extend_schema(
        operation_id="retry_webhook_delivery",
        request=None,
        responses={202: said.DeliverySerializer},
        tags=TAGS,
    )
    def post(self, request: Any, endpoint_id: str, delivery_id: str) -> Response:
        """Deliver it once more, under the same id, with a full set of attempts."""
        delivery = deliveries.redeliver(endpoint_id, delivery_id, by=request.auth)
        return Response(said.said_delivery(delivery), status=202)


def _with_secret(endpoint: WebhookEndpoint, status: int, headers: dict[str, str] | None = None) -> Response:
    body = {**said.said_endpoint(endpoint, now=clock.now()), "secret": endpoint.secret}
    return Response(body, status=status, headers=headers)
