"""What payments cost, and how much an account pays: read, lowered at once, raised by approval."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import MoneySerializer, SaidMoney, said_money
from accounts.money import CurrencyMismatch, Money
from approvals.api.serializers import ApprovalSerializer, said_approval
from approvals.models import Approval
from approvals.operations import request_approval
from bank.access import permissions
from bank.access.gate import SIGNED_IN
from bank.wire.serializers import (
    CurrencyField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictSerializer,
)
from payments.models import FeeRule
from payments.operations import terms as operations
from payments.queries.terms import get_limits, list_fees
from payments.rules.terms import ALL_OF_IT, MOST_OF_A_FEE, Limits


class FeeSerializer(serializers.Serializer[Any]):
    """What a kind of payment costs: fixed, plus basis points of the amount, within least and most."""

    kind = serializers.ChoiceField(FeeRule.Kind.choices)
    currency = serializers.CharField()
    fixed = SaidMoney()
    basis_points = serializers.IntegerField()
    least = SaidMoney()
    most = SaidMoney(allow_null=True)
    changed_at = serializers.DateTimeField()


class FeesSerializer(serializers.Serializer[Any]):
    """The schedule of fees. What is not on it costs nothing."""

    data = FeeSerializer(many=True)  # type: ignore[assignment]


class NewFeeSerializer(StrictSerializer):
    """Another line of the schedule, and why. Amounts are in the currency's minor units."""

    kind = StrictChoiceField(choices=FeeRule.Kind.values)
    currency = CurrencyField()
    fixed_minor = StrictIntegerField(min_value=0, max_value=MOST_OF_A_FEE, default=0)
    basis_points = StrictIntegerField(min_value=0, max_value=ALL_OF_IT, default=0)
    least_minor = StrictIntegerField(min_value=0, max_value=MOST_OF_A_FEE, default=0)
    most_minor = StrictIntegerField(min_value=0, max_value=MOST_OF_A_FEE, required=False)
    reason = StrictCharField(max_length=140)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for bounds in their order; raises ValidationError."""
        if attrs.get("most_minor", attrs["least_minor"]) < attrs["least_minor"]:
            raise serializers.ValidationError({"most_minor": ["This is below the least."]}, code="min_value")
        return attrs


class LimitsSerializer(StrictSerializer):
    """The most in one payment and in one day of the bank; what is left out has no limit."""

    per_payment = MoneySerializer(required=False)
    per_day = MoneySerializer(required=False)
    reason = StrictCharField(max_length=140, required=False, default="asked by the customer")


class SaidLimits(serializers.Serializer[Any]):
    """The most in one payment and in one day; null means no limit."""

    per_payment = SaidMoney(allow_null=True)
    per_day = SaidMoney(allow_null=True)


def said_fee(fee: FeeRule) -> dict[str, Any]:
    """Return one line of the schedule as the API says it."""
    return {
        "kind": fee.kind,
        "currency": fee.currency,
        "fixed": said_money(fee.fixed, fee.currency),
        "basis_points": fee.basis_points,
        "least": said_money(fee.least, fee.currency),
        "most": None if fee.most is None else said_money(fee.most, fee.currency),
        "changed_at": fee.changed_at,
    }


def said_limits(currency: str, limits: Limits) -> dict[str, Any]:
    """Return an account's limits as the API says them."""
    return {
        name: None if minor is None else said_money(minor, currency)
        for name, minor in (("per_payment", limits.per_payment), ("per_day", limits.per_day))
    }


class FeeList(APIView):
    """The schedule of fees."""

    permission = {"GET": SIGNED_IN, "POST": permissions.TERMS_ASK}

    @extend_schema(operation_id="list_fees", responses=FeesSerializer, tags=["Payments"])
    def get(self, request: Any) -> Response:
        """List what payments cost."""
        return Response({"data": [said_fee(fee) for fee in list_fees()]})

    @extend_schema(
        operation_id="ask_for_fee",
        request=NewFeeSerializer,
        responses={202: ApprovalSerializer},
        tags=["Approvals"],
    )
    def post(self, request: Any) -> Response:
        """Ask for another fee; somebody else decides."""
        asked = NewFeeSerializer.read(request)
        payload = {
            "fixed": asked["fixed_minor"],
            "basis_points": asked["basis_points"],
            "least": asked["least_minor"],
            "most": asked.get("most_minor"),
        }
        return _asked(request, "fee.set", f"{asked['kind']}-{asked['currency']}", payload, asked["reason"])


class AccountLimits(APIView):
    """The limits of an account's payments."""

    permission = {"GET": permissions.ACCOUNTS_READ, "PUT": permissions.LIMITS_MANAGE}

    @extend_schema(operation_id="get_limits", responses=SaidLimits, tags=["Accounts"])
    def get(self, request: Any, account_id: str) -> Response:
        """Read the limits."""
        return Response(said_limits(*get_limits(account_id, owned_by=request.auth)))

    @extend_schema(
        operation_id="lower_limits", request=LimitsSerializer, responses={200: SaidLimits}, tags=["Accounts"]
    )
    def put(self, request: Any, account_id: str) -> Response:
        """Lower the limits, at once. To raise one, ask for it."""
        asked = _read_limits(request, account_id)
        operations.lower_limits(account_id, **asked, by=request.auth)
        return Response(said_limits(*get_limits(account_id, owned_by=request.auth)))


class RaiseLimits(APIView):
    """Limits an account's holder wants raised."""

    permission = {"POST": permissions.LIMITS_MANAGE}

    @extend_schema(
        operation_id="ask_for_limits",
        request=LimitsSerializer,
        responses={202: ApprovalSerializer},
        tags=["Approvals"],
    )
    def post(self, request: Any, account_id: str) -> Response:
        """Ask for other limits; the bank decides."""
        asked = _read_limits(request, account_id)
        reason = LimitsSerializer.read(request)["reason"]
        return _waiting(operations.ask_for_limits(account_id, **asked, reason=reason, by=request.auth))


def _read_limits(request: Any, account_id: str) -> dict[str, Money | None]:
    """Return both limits in the account's currency; raises AccountNotFound, CurrencyMismatch."""
    asked = LimitsSerializer.read(request)
    currency, _ = get_limits(account_id, owned_by=request.auth)
    limits = {name: asked.get(name) for name in ("per_payment", "per_day")}
    if any(money and money.currency != currency for money in limits.values()):
        raise CurrencyMismatch(f"the account is in {currency}")
    return limits


def _asked(request: Any, operation: str, target: str, payload: dict[str, Any], reason: str) -> Response:
    return _waiting(request_approval(operation, target, payload=payload, reason=reason, by=request.auth))


def _waiting(approval: Approval) -> Response:
    headers = {"Location": f"/v1/approvals/{approval.id}"}
    return Response(said_approval(approval), status=202, headers=headers)
