"""Payments: made, listed, read."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from bank import problems
from bank.access import permissions
from bank.idempotency import idempotent
from bank.wire.pages import PageQuery, page, read_cursor
from oauth.api.signed_messages import SignedMessages
from oauth.step_up import strong_sign_in
from payments import operations, queries
from payments.api.denials import records_denials
from payments.api.serializers import (
    PaymentOrderSerializer,
    PaymentPageSerializer,
    PaymentSerializer,
    said_payment,
)


class PaymentList(SignedMessages, APIView):
    """Payments of a person, or those an app made."""

    permission = {"GET": permissions.PAYMENTS_READ, "POST": permissions.PAYMENTS_CREATE}
    query_class = {"GET": PageQuery}

    @extend_schema(operation_id="list_payments", responses=PaymentPageSerializer, tags=["Payments"])
    def get(self, request: Any) -> Response:
        """List payments, the newest first."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        rows = queries.list_payments(
            owned_by=request.auth, before=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said_payment)

    @extend_schema(
        operation_id="make_payment",
        request=PaymentOrderSerializer,
        responses={201: PaymentSerializer},
        tags=["Payments"],
    )
    @strong_sign_in
    @records_denials
    @idempotent
    def post(self, request: Any) -> Response:
        """Make a payment, signed where the app has to. A refused one is kept as RJCT and answers 422.

        To another bank it ends later: it is answered ACSP, its money set aside. Read it again.
        """
        payment = operations.make_payment(PaymentOrderSerializer.read_order(request), by=request.auth)
        refusal = operations.refusal_of(payment)
        if refusal is not None:
            return problems.drf_response(refusal, request)
        return Response(said_payment(payment), status=201, headers={"Location": f"/v1/payments/{payment.id}"})


class PaymentDetail(APIView):
    """One payment."""

    permission = permissions.PAYMENTS_READ

    @extend_schema(operation_id="get_payment", responses=PaymentSerializer, tags=["Payments"])
    def get(self, request: Any, payment_id: str) -> Response:
        """Read one payment."""
        return Response(said_payment(queries.get_payment(payment_id, owned_by=request.auth)))


class Cancel(APIView):
    """A payment to another bank shall not be made after all."""

    permission = {"POST": permissions.PAYMENTS_CREATE}

    @extend_schema(
        operation_id="cancel_payment",
        request=None,
        responses={200: PaymentSerializer, 202: PaymentSerializer},
        tags=["Payments"],
    )
    def post(self, request: Any, payment_id: str) -> Response:
        """Cancel it: at once (200, CANC), or if it has left, by asking the rail (202, still as it was)."""
        payment = operations.cancel_payment(payment_id, by=request.auth)
        return Response(said_payment(payment), status=200 if payment.status == "CANC" else 202)
