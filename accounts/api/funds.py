"""Funds confirmation: is there enough? Yes or no, and never how much."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import queries
from accounts.api.serializers import MoneySerializer, SaidMoney, said_money
from bank import clock
from bank.access import permissions
from bank.wire.serializers import PublicIdField, StrictSerializer


class FundsQuestionSerializer(StrictSerializer):
    """An amount, and the account it would be paid from."""

    account = PublicIdField(prefix="acc")
    amount = MoneySerializer()


class FundsAnswerSerializer(serializers.Serializer[Any]):
    """Yes or no, at one moment. Nothing is set aside."""

    account = serializers.CharField()
    amount = SaidMoney()
    funds_available = serializers.BooleanField()
    as_of = serializers.DateTimeField()


class FundsConfirmations(APIView):
    """Asks whether an amount is on an account. Few questions an hour: many would tell the balance."""

    permission = permissions.FUNDS_CONFIRM
    door = "funds"

    @extend_schema(
        operation_id="confirm_funds",
        request=FundsQuestionSerializer,
        responses=FundsAnswerSerializer,
        tags=["Accounts"],
    )
    def post(self, request: Any) -> Response:
        """Say whether the amount could be paid from the account now."""
        asked = FundsQuestionSerializer.read(request)
        account, amount = asked["account"], asked["amount"]
        has = queries.has_funds(account, amount, owned_by=request.auth)
        money = said_money(amount.minor, amount.currency)
        return Response({"account": account, "amount": money, "funds_available": has, "as_of": clock.now()})
