"""Approvals: listed, read, approved, rejected."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import operations, queries
from approvals.api import serializers as said
from approvals.api.denials import records_denials
from bank.access import permissions
from bank.idempotency import idempotent
from bank.wire.pages import page, read_cursor


class ApprovalList(APIView):
    """What waits for a second pair of eyes, and what was decided."""

    permission = permissions.APPROVALS_READ
    query_class = said.ApprovalsQuery

    @extend_schema(operation_id="list_approvals", responses=said.ApprovalPageSerializer, tags=["Approvals"])
    def get(self, request: Any) -> Response:
        """List approvals, the newest first."""
        asked = said.ApprovalsQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        rows = queries.list_approvals(
            status=asked.get("status"), before=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said.said_approval)


class ApprovalDetail(APIView):
    """One approval."""

    permission = permissions.APPROVALS_READ

    @extend_schema(operation_id="get_approval", responses=said.ApprovalSerializer, tags=["Approvals"])
    def get(self, request: Any, approval_id: str) -> Response:
        """Read one approval with what would change."""
        return Response(said.said_approval(queries.get_approval(approval_id)))


class Approve(APIView):
    """The second pair of eyes says yes."""

    permission = {"POST": permissions.APPROVALS_DECIDE}

    @extend_schema(
        operation_id="approve",
        request=said.ApproveSerializer,
        responses={200: said.ApprovalSerializer},
        tags=["Approvals"],
    )
    @records_denials
    @idempotent
    def post(self, request: Any, approval_id: str) -> Response:
        """Approve what was looked at, and do it. Who asked may not."""
        digest = said.ApproveSerializer.read(request)["digest"]
        return Response(said.said_approval(operations.approve(approval_id, digest=digest, by=request.auth)))


class Reject(APIView):
    """The second pair of eyes says no."""

    permission = {"POST": permissions.APPROVALS_DECIDE}

    @extend_schema(
        operation_id="reject",
        request=said.RejectSerializer,
        responses={200: said.ApprovalSerializer},
        tags=["Approvals"],
    )
    @records_denials
    def post(self, request: Any, approval_id: str) -> Response:
        """Reject what was looked at. Who asked may not."""
        asked = said.RejectSerializer.read(request)
        return Response(said.said_approval(operations.reject(approval_id, **asked, by=request.auth)))
