"""The sandbox's clock over HTTP."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from bank import clock
from bank.access import permissions
from bank.idempotency import idempotent
from bank.wire.serializers import StrictDateTimeField, StrictIntegerField, StrictSerializer, refuse_field
from sandbox import operations

WAYS = ("seconds", "days", "to")


class MoveSerializer(StrictSerializer):
    """How far, or to which moment: exactly one of them."""

    seconds = StrictIntegerField(required=False, min_value=1, max_value=86_400 * 366)
    days = StrictIntegerField(required=False, min_value=1, max_value=366)
    to = StrictDateTimeField(required=False)

    @classmethod
    def read(cls, request: Any) -> dict[str, Any]:
        """Return `forward` or `to`; raises InvalidRequest unless exactly one way was named."""
        asked = super().read(request)
        if len(asked) != 1:
            raise refuse_field("days", "one_of", f"Say exactly one of {', '.join(WAYS)}.")
        return asked if "to" in asked else {"forward": timedelta(**asked)}


class ClockSerializer(serializers.Serializer[Any]):
    """What time it is for the bank, and by how much that is ahead of the real time."""

    now = serializers.DateTimeField()
    real = serializers.DateTimeField()
    ahead_seconds = serializers.IntegerField()


class Clock(APIView):
    """The clock everything in the sandbox goes by."""

    permission = permissions.CLOCK_MOVE

    @extend_schema(operation_id="get_clock", responses=ClockSerializer, tags=["Sandbox"])
    def get(self, request: Any) -> Response:
        """Read the clock."""
        return Response(said_clock())

    @extend_schema(
        operation_id="move_clock", request=MoveSerializer, responses=ClockSerializer, tags=["Sandbox"]
    )
    @idempotent
    def post(self, request: Any) -> Response:
        """Move the clock forward, by seconds or days or to a moment; what falls due then is done."""
        operations.move_clock(**MoveSerializer.read(request), by=request.auth)
        return Response(said_clock())


def said_clock() -> dict[str, Any]:
    """Return the clock as the API says it."""
    ahead, real = clock.ahead(), timezone.now()
    return {"now": real + ahead, "real": real, "ahead_seconds": int(ahead.total_seconds())}
