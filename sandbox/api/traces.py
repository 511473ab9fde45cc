"""The glass box over HTTP: what the bank did with one request of one's own."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from bank.access.gate import SIGNED_IN
from bank.errors import NotFound
from bank.observability import glass_box


class StepSerializer(serializers.Serializer[Any]):
    """One practice at work: where in the code, how often, how it ended, how long it took in all."""

    practice = serializers.IntegerField()
    name = serializers.CharField()
    what = serializers.CharField()
    code = serializers.CharField()
    outcome = serializers.CharField()
    times = serializers.IntegerField()
    milliseconds = serializers.FloatField()


class PracticeSerializer(serializers.Serializer[Any]):
    """A practice by its number in docs/practices.md."""

    practice = serializers.IntegerField()
    name = serializers.CharField()


class TraceSerializer(serializers.Serializer[Any]):
    """One request: which practices acted on it, in order, and which had nothing to do."""

    request_id = serializers.CharField()
    began_at = serializers.DateTimeField()
    method = serializers.CharField()
    route = serializers.CharField()
    status = serializers.IntegerField()
    milliseconds = serializers.FloatField()
    steps = StepSerializer(many=True)
    not_at_work = PracticeSerializer(many=True)


class Trace(APIView):
    """What acted on one request, for who made it; for anybody else there is no such request."""

    permission = SIGNED_IN

    @extend_schema(operation_id="get_trace", responses=TraceSerializer, tags=["Sandbox"])
    def get(self, request: Any, request_id: str) -> Response:
        """Look into the glass box: kept ten minutes."""
        trace = glass_box.find(request_id, caller=request.auth.caller)
        if trace is None:
            raise NotFound()
        return Response(glass_box.explained(trace))
