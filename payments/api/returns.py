"""Refunds, given by who was paid; reversals, asked for by staff."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals.api.serializers import ApprovalSerializer, AskSerializer, said_approval
from approvals.operations import request_approval
from bank import problems
from bank.access import permissions
from bank.idempotency import idempotent
from bank.wire.pages import PageQuery, page, read_cursor
from oauth.step_up import strong_sign_in
from payments import operations, queries
from payments.api.serializers import (
    PaymentPageSerializer,
    PaymentSerializer,
    RefundSerializer,
    said_payment,
)


class RefundList(APIView):
    """What was given back of a payment."""

    permission = {"GET": permissions.PAYMENTS_READ, "POST": permissions.PAYMENTS_REFUND}
    query_class = {"GET": PageQuery}

    @extend_schema(operation_id="list_refunds", responses=PaymentPageSerializer, tags=["Payments"])
    def get(self, request: Any, payment_id: str) -> Response:
        """List refunds and the reversal, the newest first; for who paid and for who was paid."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        payment = queries.get_payment_of_either_side(payment_id, owned_by=request.auth)
        rows = queries.list_returns(payment, before=cursor["id"] if cursor else None, limit=limit + 1)
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said_payment)

    @extend_schema(
        operation_id="refund_payment",
        request=RefundSerializer,
        responses={201: PaymentSerializer},
        tags=["Payments"],
    )
    @strong_sign_in
    @idempotent
    def post(self, request: Any, payment_id: str) -> Response:
        """Give a payment back, all or a part. A refused refund is kept as RJCT and answers 422."""
        refund = operations.refund_payment(payment_id, **RefundSerializer.read(request), by=request.auth)
        refusal = operations.refusal_of(refund)
        if refusal is not None:
            return problems.drf_response(refusal, request)
        return Response(said_payment(refund), status=201, headers={"Location": f"/v1/payments/{refund.id}"})


class Reverse(APIView):
    """What is left of a payment shall go back."""

    permission = {"POST": permissions.PAYMENTS_REVERSE}

    @extend_schema(
        operation_id="ask_to_reverse",
        request=AskSerializer,
        responses={202: ApprovalSerializer},
        tags=["Approvals"],
    )
    def post(self, request: Any, payment_id: str) -> Response:
        """Ask for it; somebody else decides."""
        reason = AskSerializer.read(request)["reason"]
        approval = request_approval("payment.reverse", payment_id, payload={}, reason=reason, by=request.auth)
        location = f"/v1/approvals/{approval.id}"
        return Response(said_approval(approval), status=202, headers={"Location": location})
