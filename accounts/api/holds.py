"""Holds: placed, listed, captured, voided."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import operations, queries
from accounts.api import hold_serializers as said
from bank.access import permissions
from bank.idempotency import idempotent
from bank.wire.pages import PageQuery, page, read_cursor
from oauth.step_up import strong_sign_in


class HoldList(APIView):
    """Money set aside from and for one's own accounts."""

    permission = permissions.HOLDS_MANAGE
    query_class = {"GET": PageQuery}

    @extend_schema(operation_id="list_holds", responses=said.HoldPageSerializer, tags=["Holds"])
    def get(self, request: Any) -> Response:
        """List holds, the newest first."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        rows = queries.list_holds(
            owned_by=request.auth, before=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said.said_hold)

    @extend_schema(
        operation_id="place_hold",
        request=said.HoldOrderSerializer,
        responses={201: said.HoldSerializer},
        tags=["Holds"],
    )
    @strong_sign_in
    @idempotent
    def post(self, request: Any) -> Response:
        """Set money aside."""
        asked = said.HoldOrderSerializer.read(request)
        hold = operations.place_hold(
            asked["account"], asked["creditor_account"], amount=asked["amount"], until=asked["expires_at"],
            reference=asked["reference"], by=request.auth,
        )  # fmt: skip
        return Response(said.said_hold(hold), status=201, headers={"Location": f"/v1/holds/{hold.id}"})


class HoldDetail(APIView):
    """One hold."""

    permission = permissions.HOLDS_MANAGE

    @extend_schema(operation_id="get_hold", responses=said.HoldSerializer, tags=["Holds"])
    def get(self, request: Any, hold_id: str) -> Response:
        """Read one hold."""
        return Response(said.said_hold(queries.get_hold(hold_id, owned_by=request.auth)))


class CaptureHold(APIView):
    """What was set aside is booked."""

    permission = {"POST": permissions.HOLDS_MANAGE}

    @extend_schema(
        operation_id="capture_hold",
        request=said.CaptureSerializer,
        responses={200: said.HoldSerializer},
        tags=["Holds"],
    )
    @idempotent
    def post(self, request: Any, hold_id: str) -> Response:
        """Book all of it or a part; the rest is free again."""
        amount = said.CaptureSerializer.read(request).get("amount")
        return Response(said.said_hold(operations.capture_hold(hold_id, amount=amount, by=request.auth)))


class VoidHold(APIView):
    """What was set aside is free again."""

    permission = {"POST": permissions.HOLDS_MANAGE}

    @extend_schema(
        operation_id="void_hold", request=None, responses={200: said.HoldSerializer}, tags=["Holds"]
    )
    def post(self, request: Any, hold_id: str) -> Response:
        """Give the money back to be spent."""
        return Response(said.said_hold(operations.void_hold(hold_id, by=request.auth)))
