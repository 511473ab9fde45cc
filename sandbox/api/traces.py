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
        return Response(said_trace(trace))


def said_trace(trace: dict[str, Any]) -> dict[str, Any]:
    """Return a trace with the names of practices, and those that were not at work."""
    steps = [{**step, "name": glass_box.PRACTICES[step["practice"]]} for step in trace["steps"]]
    busy = {step["practice"] for step in steps}
    idle = sorted(glass_box.PRACTICES.keys() - busy)
    not_at_work = [{"practice": number, "name": glass_box.PRACTICES[number]} for number in idle]
    return {**trace, "steps": steps, "not_at_work": not_at_work}
