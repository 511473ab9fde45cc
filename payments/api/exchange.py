"""Exchange: rates, quotes that hold one, and another rate asked for by staff."""

import re
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import MoneySerializer, SaidMoney, said_money
from approvals.api.serializers import ApprovalSerializer, said_approval
from approvals.operations import request_approval
from bank.access import permissions
from bank.access.gate import SIGNED_IN
from bank.idempotency import idempotent
from bank.wire.serializers import CurrencyField, ParsedField, StrictCharField, StrictSerializer
from payments.models import FxQuote, FxRate
from payments.operations import exchange as operations
from payments.queries.terms import list_rates
from payments.rules.exchange import ROUNDING, plainly


class RateField(ParsedField):
    """A rate as text, such as 1.1735: eight decimals at most, never a JSON number."""

    pattern = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,8})?", re.ASCII)

    def to_internal_value(self, data: Any) -> Any:
        """Return the rate as a decimal; raises ValidationError."""
        rate = Decimal(super().to_internal_value(data))
        if not rate:
            self.fail("pattern")
        return rate


class NewQuoteSerializer(StrictSerializer):
    """Which currency is paid, which arrives, and the amount of either that is fixed."""

    unit_currency = CurrencyField()
    quoted_currency = CurrencyField()
    amount = MoneySerializer()


class QuoteSerializer(serializers.Serializer[Any]):
    """A rate held for one payment: what is paid, what arrives, and what rounding adds to it."""

    id = serializers.CharField()
    unit_currency = serializers.CharField()
    quoted_currency = serializers.CharField()
    exchange_rate = serializers.CharField(help_text="What one unit is worth, as text")
    sell = SaidMoney()
    buy = SaidMoney()
    rounding = serializers.CharField(help_text="How the amount that was not fixed is rounded: half_even")
    rounding_difference = serializers.CharField(
        help_text="What arrives above sell times the rate; the bank's fx account bears it"
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class RateSerializer(serializers.Serializer[Any]):
    """What one unit of a currency is worth in another."""

    unit_currency = serializers.CharField()
    quoted_currency = serializers.CharField()
    exchange_rate = serializers.CharField()
    changed_at = serializers.DateTimeField()


class RatesSerializer(serializers.Serializer[Any]):
    """All rates."""

    data = RateSerializer(many=True)  # type: ignore[assignment]


class NewRateSerializer(StrictSerializer):
    """Another rate, and why."""

    unit_currency = CurrencyField()
    quoted_currency = CurrencyField()
    exchange_rate = RateField(max_length=20)
    reason = StrictCharField(max_length=140)


def said_quote(quote: FxQuote) -> dict[str, Any]:
    """Return a quote as the API says one."""
    return {
        "id": quote.id,
        "unit_currency": quote.unit_currency,
        "quoted_currency": quote.quoted_currency,
        "exchange_rate": plainly(quote.rate),
        "sell": said_money(quote.sell, quote.unit_currency),
        "buy": said_money(quote.buy, quote.quoted_currency),
        "rounding": ROUNDING,
        "rounding_difference": plainly(quote.rounding_difference),
        "created_at": quote.created_at,
        "expires_at": quote.expires_at,
    }


def said_rate(rate: FxRate) -> dict[str, Any]:
    """Return a rate as the API says one."""
    return {
        "unit_currency": rate.unit_currency,
        "quoted_currency": rate.quoted_currency,
        "exchange_rate": plainly(rate.rate),
        "changed_at": rate.changed_at,
    }


class QuoteList(APIView):
    """Quotes of a person."""

    permission = {"POST": permissions.FX_QUOTE}

    @extend_schema(
        operation_id="quote_exchange",
        request=NewQuoteSerializer,
        responses={201: QuoteSerializer},
        tags=["Exchange"],
    )
    @idempotent
    def post(self, request: Any) -> Response:
        """Hold a rate for a minute and one payment.

        Under a consent to one payment the app asks for exactly the exchange that was agreed to.
        """
        quote = operations.quote_exchange(**NewQuoteSerializer.read(request), by=request.auth)
        return Response(said_quote(quote), status=201)


class RateList(APIView):
    """The bank's rates of exchange."""

    permission = {"GET": SIGNED_IN, "POST": permissions.TERMS_ASK}

    @extend_schema(operation_id="list_fx_rates", responses=RatesSerializer, tags=["Exchange"])
    def get(self, request: Any) -> Response:
        """List every rate."""
        return Response({"data": [said_rate(rate) for rate in list_rates()]})

    @extend_schema(
        operation_id="ask_for_fx_rate",
        request=NewRateSerializer,
        responses={202: ApprovalSerializer},
        tags=["Approvals"],
    )
    def post(self, request: Any) -> Response:
        """Ask for another rate; somebody else decides."""
        asked = NewRateSerializer.read(request)
        pair = f"{asked['unit_currency']}-{asked['quoted_currency']}"
        payload = {"rate": f"{asked['exchange_rate']:f}"}
        approval = request_approval("fx.rate", pair, payload=payload, reason=asked["reason"], by=request.auth)
        headers = {"Location": f"/v1/approvals/{approval.id}"}
        return Response(said_approval(approval), status=202, headers=headers)
