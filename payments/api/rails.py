"""The way to other banks: how it does, for staff; and the door the rail itself speaks through."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.actor import system
from bank.access import permissions
from bank.access.gate import PUBLIC
from bank.wire.errors import InvalidRequest
from oauth.protocol.http_signatures import Message, SignatureRefused
from payments import operations, queries
from payments.errors import NotTheRail
from payments.rails import signing
from payments.rails.messages import NotUnderstood


class RailSerializer(serializers.Serializer[Any]):
    """One rail, as the bank sees it now."""

    name = serializers.CharField()
    connected = serializers.BooleanField()
    breaker = serializers.ChoiceField(["closed", "open", "half_open"])
    calls = serializers.IntegerField(help_text="In the breaker's window of 30 seconds")
    failures = serializers.IntegerField()
    opens_again_in_seconds = serializers.FloatField()
    queued = serializers.IntegerField(help_text="Payments that have not left the bank")
    unknown = serializers.IntegerField(help_text="Payments that only the rail can say something about")
    accepted = serializers.IntegerField(help_text="Payments the rail has and has not ended")
    returns_to_tell = serializers.IntegerField()
    oldest_unheard_at = serializers.DateTimeField(allow_null=True)


class RailsSerializer(serializers.Serializer[Any]):
    """All rails."""

    data = RailSerializer(many=True)  # type: ignore[assignment]


class RailList(APIView):
    """The ways to other banks."""

    permission = permissions.RAILS_READ

    @extend_schema(operation_id="list_rails", responses=RailsSerializer, tags=["Staff"])
    def get(self, request: Any) -> Response:
        """Show breaker and queues."""
        return Response({"data": [queries.rail_health()]})


class Messages(APIView):
    """Where the rail tells its news: no token, but its signature on every message (RFC 9421)."""

    permission = {"POST": PUBLIC}
    door = "rail"
    schema = None

    def post(self, request: Any) -> Response:
        """Take one message in; the same again, or in another order, changes nothing. Raises NotTheRail."""
        plain = request._request
        body: bytes = plain.body
        fields = {name.lower(): value for name, value in plain.headers.items()}
        message = Message("POST", f"{settings.PUBLIC_ORIGIN}{plain.get_full_path()}", fields=fields)
        try:
            signing.check_request(message, body)
        except SignatureRefused as refused:
            raise NotTheRail(str(refused)) from refused
        try:
            operations.hear(request.data, by=system("rail"))
        except NotUnderstood as error:
            raise InvalidRequest(str(error)) from error
        return Response({"status": "taken"})
