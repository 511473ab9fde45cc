"""Standing orders and payments on a later day: placed, listed, paused, resumed, cancelled."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import SaidMoney, said_money
from bank.access import permissions
from bank.idempotency import idempotent
from bank.wire.pages import PageAnswer, PageQuery, page, read_cursor
from bank.wire.serializers import (
    StrictChoiceField,
    StrictDateField,
    StrictIntegerField,
)
from oauth.step_up import strong_sign_in
from payments import queries
from payments.api.serializers import OrderSerializer, SaidOutside, order_in
from payments.models import StandingOrder
from payments.operations import standing_orders as operations
from payments.rules import due_dates


class StandingOrderOrderSerializer(OrderSerializer):
    """What to pay to whom, and when: `once`, or every so many weeks, months or years from `starts_on`."""

    frequency = StrictChoiceField(choices=due_dates.FREQUENCIES)
    interval = StrictIntegerField(min_value=1, max_value=12, default=1)
    starts_on = StrictDateField()
    ends_on = StrictDateField(required=False)
    weekend = StrictChoiceField(choices=due_dates.WEEKENDS, default="same")

    @classmethod
    def read_order(cls, request: Any) -> operations.NewStandingOrder:
        """Return the order in a request's body; raises InvalidRequest with pointers, PayeeNotFound."""
        asked = cls.read(request)
        rule = due_dates.Rule(
            asked.pop("frequency"),
            asked.pop("interval"),
            asked.pop("starts_on"),
            asked.pop("ends_on", None),
            asked.pop("weekend"),
        )
        return operations.NewStandingOrder(order_in(asked, owned_by=request.auth), rule)


class StandingOrderSerializer(serializers.Serializer[Any]):
    """A standing order and when it is due next."""

    id = serializers.CharField()
    status = serializers.ChoiceField(StandingOrder.Status.choices)
    debtor_account = serializers.CharField()
    creditor_account = serializers.CharField(allow_null=True)
    creditor = SaidOutside(allow_null=True)
    amount = SaidMoney()
    reference = serializers.CharField()
    frequency = serializers.ChoiceField(due_dates.FREQUENCIES)
    interval = serializers.IntegerField()
    weekend = serializers.ChoiceField(due_dates.WEEKENDS)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    next_due_on = serializers.DateField(allow_null=True)
    next_run_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class StandingOrderPageSerializer(PageAnswer):
    """One page of standing orders."""

    data = StandingOrderSerializer(many=True)  # type: ignore[assignment]


_AS_IT_IS = (
    "id", "status", "reference", "frequency", "interval", "weekend", "starts_on", "ends_on", "next_due_on",
    "next_run_on", "created_at", "ended_at",
)  # fmt: skip


def said_standing_order(order: StandingOrder) -> dict[str, Any]:
    """Return a standing order as the API says one."""
    return {
        **{name: getattr(order, name) for name in _AS_IT_IS},
        "debtor_account": order.debtor_account_id,
        "creditor_account": order.creditor_account_id,
        "creditor": asdict(outside) if (outside := operations.creditor_of(order)) else None,
        "amount": said_money(order.amount, order.currency),
    }


class StandingOrderList(APIView):
    """A person's standing orders."""

    permission = permissions.STANDING_ORDERS_MANAGE
    query_class = {"GET": PageQuery}

    @extend_schema(
        operation_id="list_standing_orders", responses=StandingOrderPageSerializer, tags=["Standing orders"]
    )
    def get(self, request: Any) -> Response:
        """List standing orders, the newest first."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        rows = queries.list_standing_orders(
            owned_by=request.auth, before=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said_standing_order)

    @extend_schema(
        operation_id="place_standing_order",
        request=StandingOrderOrderSerializer,
        responses={201: StandingOrderSerializer},
        tags=["Standing orders"],
    )
    @strong_sign_in
    @idempotent
    def post(self, request: Any) -> Response:
        """Place a standing order, or with `once` a payment on a later day."""
        wanted = StandingOrderOrderSerializer.read_order(request)
        order = operations.place_standing_order(wanted, by=request.auth)
        headers = {"Location": f"/v1/standing-orders/{order.id}"}
        return Response(said_standing_order(order), status=201, headers=headers)


class StandingOrderDetail(APIView):
    """One standing order."""

    permission = permissions.STANDING_ORDERS_MANAGE

    @extend_schema(
        operation_id="get_standing_order", responses=StandingOrderSerializer, tags=["Standing orders"]
    )
    def get(self, request: Any, order_id: str) -> Response:
        """Read one standing order."""
        return Response(said_standing_order(queries.get_standing_order(order_id, owned_by=request.auth)))


class _Change(APIView):
    """One step in the life of a standing order."""

    permission = {"POST": permissions.STANDING_ORDERS_MANAGE}

    def changed(self, request: Any, order_id: str, step: Callable[..., StandingOrder]) -> Response:
        """Take the step and answer the order as it is then."""
        return Response(said_standing_order(step(order_id, by=request.auth)))


class Pause(_Change):
    """Nothing is paid for a while."""

    @extend_schema(
        operation_id="pause_standing_order",
        request=None,
        responses={200: StandingOrderSerializer},
        tags=["Standing orders"],
    )
    def post(self, request: Any, order_id: str) -> Response:
        """Pause it."""
        return self.changed(request, order_id, operations.pause_standing_order)


class Resume(_Change):
    """It goes on."""

    @extend_schema(
        operation_id="resume_standing_order",
        request=None,
        responses={200: StandingOrderSerializer},
        tags=["Standing orders"],
    )
    def post(self, request: Any, order_id: str) -> Response:
        """Go on with the next due date; what fell due meanwhile is not paid."""
        return self.changed(request, order_id, operations.resume_standing_order)


class Cancel(_Change):
    """It ends."""

    @extend_schema(
        operation_id="cancel_standing_order",
        request=None,
        responses={200: StandingOrderSerializer},
        tags=["Standing orders"],
    )
    def post(self, request: Any, order_id: str) -> Response:
        """Cancel it for good."""
        return self.changed(request, order_id, operations.cancel_standing_order)
