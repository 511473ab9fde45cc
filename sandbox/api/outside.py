"""The world outside over HTTP: money that arrives, decisions on payments, faults."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import MoneySerializer, SaidMoney
from accounts.money import Money
from bank.access import permissions
from bank.wire.serializers import (
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictSerializer,
)
from payments.api.iban_field import IbanField
from sandbox import operations

FAULTS = (
    "slow",
    "late",
    "cut",
    "drop",
    "not_found",
    "reject",
    "return",
    "down",
    "duplicate",
    "reorder",
    "lose",
)
# ISO 20022 external status reasons that payments to other banks end with.
REASONS = ("AC01", "AC04", "AC06", "AM04", "BE01", "RR04")


class InboundSerializer(StrictSerializer):
    """Money somebody at another bank sends to an account here."""

    iban = IbanField()
    amount = MoneySerializer()
    name = StrictCharField(max_length=70, required=False, default="Somebody Else")
    reference = StrictCharField(max_length=140, required=False, allow_blank=True, default="")

    def validate_amount(self, amount: Money) -> Money:
        """Ask for more than nothing; raises ValidationError."""
        if amount.minor <= 0:
            raise serializers.ValidationError("More than nothing has to arrive.", code="min_value")
        return amount


class InboundAnswer(serializers.Serializer[Any]):
    """The rail's id of the transfer; the bank hears of it as it would of any."""

    id = serializers.CharField()


class OutsideReasonSerializer(StrictSerializer):
    """Why, in the words of ISO 20022."""

    reason = StrictChoiceField(choices=REASONS, required=False, default="AC04")


class NoReasonSerializer(StrictSerializer):
    """Nothing to say."""


class TransferAnswer(serializers.Serializer[Any]):
    """What the rail has in its book about one payment of the bank's."""

    id = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    amount = SaidMoney()


class FaultSerializer(StrictSerializer):
    """What the rail shall do wrong, how often, and for how many seconds where time is in it."""

    fault = StrictChoiceField(choices=FAULTS)
    times = StrictIntegerField(required=False, min_value=1, max_value=1000, default=1)
    seconds = StrictIntegerField(required=False, min_value=0, max_value=60)


class FaultAnswer(serializers.Serializer[Any]):
    """One fault that waits to happen."""

    name = serializers.CharField()
    message = serializers.CharField()
    seconds = serializers.FloatField()
    times = serializers.IntegerField()


class FaultsAnswer(serializers.Serializer[Any]):
    """Every fault that waits to happen."""

    data = FaultAnswer(many=True)  # type: ignore[assignment]


class Inbound(APIView):
    """Money that arrives."""

    permission: ClassVar[Any] = {"POST": permissions.OUTSIDE_PLAY}

    @extend_schema(
        operation_id="send_inbound_payment",
        request=InboundSerializer,
        responses={202: InboundAnswer},
        tags=["Sandbox"],
    )
    def post(self, request: Any) -> Response:
        """Let money arrive from another bank: the rail tells the bank, signed, a moment later."""
        asked = InboundSerializer.read(request)
        said = operations.send_inbound(**asked, by=request.auth)
        return Response({"id": said["id"]}, status=202)


class Decide(APIView):
    """Decides at the rail what becomes of a payment to another bank."""

    permission: ClassVar[Any] = {"POST": permissions.OUTSIDE_PLAY}
    decision: ClassVar[str] = ""
    form: ClassVar[type[StrictSerializer]] = OutsideReasonSerializer

    def post(self, request: Any, payment_id: str) -> Response:
        """Decide it, where it waits to be decided; otherwise nothing changes."""
        reason = self.form.read(request).get("reason", "")
        said = operations.decide_outside(payment_id, self.decision, reason=reason, by=request.auth)
        amount = {"amount": said["amount"], "currency": said["currency"]}
        return Response({**{name: said[name] for name in ("id", "status", "reason")}, "amount": amount})


class Settle(Decide):
    """The other bank has the money."""

    decision, form = "settle", NoReasonSerializer

    @extend_schema(operation_id="settle_payment", request=None, responses=TransferAnswer, tags=["Sandbox"])
    def post(self, request: Any, payment_id: str) -> Response:
        """Settle a payment that waits at the rail."""
        return super().post(request, payment_id)


class RejectOutside(Decide):
    """The other bank does not take it."""

    decision = "reject"

    @extend_schema(
        operation_id="reject_payment",
        request=OutsideReasonSerializer,
        responses=TransferAnswer,
        tags=["Sandbox"],
    )
    def post(self, request: Any, payment_id: str) -> Response:
        """Reject a payment that waits at the rail."""
        return super().post(request, payment_id)


class Return(Decide):
    """The other bank gives it back."""

    decision = "return"

    @extend_schema(
        operation_id="return_payment",
        request=OutsideReasonSerializer,
        responses=TransferAnswer,
        tags=["Sandbox"],
    )
    def post(self, request: Any, payment_id: str) -> Response:
        """Return a payment that was settled, once."""
        return super().post(request, payment_id)


class Faults(APIView):
    """What the rail shall do wrong."""

    permission = permissions.OUTSIDE_PLAY

    @extend_schema(operation_id="list_faults", responses=FaultsAnswer, tags=["Sandbox"])
    def get(self, request: Any) -> Response:
        """List the faults that wait to happen."""
        return Response(operations.faults())

    @extend_schema(
        operation_id="add_fault", request=FaultSerializer, responses={201: FaultAnswer}, tags=["Sandbox"]
    )
    def post(self, request: Any) -> Response:
        """Let the rail do something wrong, so many times."""
        return Response(operations.add_fault(FaultSerializer.read(request), by=request.auth), status=201)

    @extend_schema(operation_id="clear_faults", responses=FaultsAnswer, tags=["Sandbox"])
    def delete(self, request: Any) -> Response:
        """Let everything work again."""
        return Response(operations.clear_faults(by=request.auth))
