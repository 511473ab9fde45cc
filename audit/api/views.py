"""The signed head, proofs for whom an event concerns, and the events for who may read them all."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import operations, queries
from audit.api.serializers import (
    ConsistencyAnswer,
    ConsistencyQuery,
    EventsPage,
    EventsQuery,
    ProofAnswer,
    event_answer,
    in_base64,
    proof_answer,
)
from bank.access import permissions
from bank.access.gate import PUBLIC, SIGNED_IN
from bank.wire.pages import page, read_cursor

TEXT = "text/plain; charset=utf-8"


class CheckpointView(APIView):
    """The newest head of the log that its witnesses have cosigned."""

    may_be_absent = True
    permission = PUBLIC
    authentication_classes: list[Any] = []
    door = "metadata"

    @extend_schema(
        operation_id="get_audit_checkpoint",
        responses={
            (200, "text/plain"): OpenApiResponse(
                str,
                description="A signed note (C2SP tlog-checkpoint) with cosignatures (C2SP tlog-cosignature).",
            )
        },
    )
    def get(self, request: Any) -> HttpResponse:
        """Answer the signed note as it was signed."""
        return HttpResponse(queries.get_published().note, content_type=TEXT)


class PolicyView(APIView):
    """Whose signatures to look for. Pin these keys once, and by another way than this one."""

    may_be_absent = True
    permission = PUBLIC
    authentication_classes: list[Any] = []
    door = "metadata"

    @extend_schema(
        operation_id="get_audit_policy",
        responses={
            (200, "text/plain"): OpenApiResponse(str, description="Verifier keys (C2SP tlog-policy).")
        },
    )
    def get(self, request: Any) -> HttpResponse:
        """Answer the bank's own policy."""
        return HttpResponse(queries.get_policy(), content_type=TEXT)


class ProofView(APIView):
    """Proves that an event is in the log. Any token opens the door; the event decides whose it is."""

    permission = SIGNED_IN

    @extend_schema(operation_id="get_audit_event_proof", responses=ProofAnswer)
    def get(self, request: Any, event_id: UUID) -> Response:
        """Answer the proof; somebody else's event is not found."""
        return Response(proof_answer(queries.get_proof(event_id, by=request.auth)))


class ReceiptView(APIView):
    """The same proof as a file to keep: it can be checked without the bank, with pinned keys alone."""

    permission = SIGNED_IN

    @extend_schema(
        operation_id="get_audit_event_receipt",
        responses={(200, "text/plain"): OpenApiResponse(str, description="A proof (C2SP tlog-proof).")},
    )
    def get(self, request: Any, event_id: UUID) -> HttpResponse:
        """Answer the `.tlog-proof`; its extra data is the event's exact text."""
        proof = queries.get_proof(event_id, by=request.auth)
        name = f'attachment; filename="{event_id}.tlog-proof"'
        return HttpResponse(proof.tlog_proof(), content_type=TEXT, headers={"Content-Disposition": name})


class ConsistencyView(APIView):
    """Proves that an older head is the beginning of a newer one."""

    may_be_absent = True
    permission = PUBLIC
    authentication_classes: list[Any] = []
    door = "metadata"
    query_class = ConsistencyQuery

    @extend_schema(operation_id="get_audit_consistency", responses=ConsistencyAnswer)
    def get(self, request: Any) -> Response:
        """Answer the proof between two sizes of the log."""
        asked = ConsistencyQuery.read(request)
        new, hashes = queries.get_consistency(asked["from"], asked.get("to"))
        proof = [in_base64(digest) for digest in hashes]
        return Response({"old_size": asked["from"], "new_size": new, "consistency_proof": proof})


class EventsView(APIView):
    """The sealed events. Reading them is an event, too."""

    permission = permissions.AUDIT_READ
    query_class = EventsQuery

    @extend_schema(operation_id="list_audit_events", responses=EventsPage)
    def get(self, request: Any) -> Response:
        """Answer a page of events, the newest first."""
        asked = EventsQuery.read(request)
        cursor = read_cursor(request, asked)
        limit = asked.pop("limit")
        asked.pop("cursor", None)
        operations.record_reading(by=request.auth)
        leaves = queries.list_events(limit=limit + 1, before=cursor["before"] if cursor else None, **asked)
        return page(request, leaves, limit=limit, key=lambda leaf: {"before": leaf.index}, item=event_answer)
