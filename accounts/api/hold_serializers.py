"""Holds in the words of the API."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import MoneySerializer, SaidMoney, said_money
from accounts.models import Hold
from bank import clock
from bank.wire.pages import PageAnswer
from bank.wire.serializers import PublicIdField, StrictCharField, StrictDateTimeField, StrictSerializer


class HoldOrderSerializer(StrictSerializer):
    """Money to set aside: from which account, for whom, until when."""

    account = PublicIdField(prefix="acc")
    creditor_account = PublicIdField(prefix="acc")
    amount = MoneySerializer()
    expires_at = StrictDateTimeField(help_text="A moment of the next thirty days")
    reference = StrictCharField(max_length=140, required=False, allow_blank=True, default="")


class CaptureSerializer(StrictSerializer):
    """How much to book: all that was set aside, or less."""

    amount = MoneySerializer(required=False)


class HoldSerializer(serializers.Serializer[Any]):
    """Money set aside; captured, the transaction has the same id."""

    id = serializers.CharField()
    account = serializers.CharField()
    creditor_account = serializers.CharField()
    status = serializers.ChoiceField(Hold.Status.choices)
    amount = SaidMoney()
    captured = SaidMoney(allow_null=True)
    reference = serializers.CharField()
    placed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="None: until its payment is decided")
    ended_at = serializers.DateTimeField(allow_null=True)


class HoldPageSerializer(PageAnswer):
    """One page of holds."""

    data = HoldSerializer(many=True)  # type: ignore[assignment]


def said_hold(hold: Hold) -> dict[str, Any]:
    """Return a hold as the API says one, its status by the clock."""
    status = hold.present_status(clock.now())
    return {
        "id": hold.id,
        "account": hold.account_id,
        "creditor_account": hold.creditor_account_id,
        "status": status,
        "amount": said_money(hold.amount, hold.currency),
        "captured": None if hold.captured is None else said_money(hold.captured, hold.currency),
        "reference": hold.reference,
        "placed_at": hold.placed_at,
        "expires_at": hold.expires_at,
        "ended_at": hold.expires_at if status == "EXPIRED" else hold.ended_at,
    }


def said_pending(hold: Hold) -> dict[str, Any]:
    """Return a hold as the transaction it will be under this id."""
    return {
        "id": hold.id,
        "account": hold.account_id,
        "seq": None,
        "status": "PDNG",
        "kind": "transfer",
        "direction": "DBIT",
        "amount": said_money(hold.amount, hold.currency),
        "balance_after": None,
        "description": hold.reference,
        "reference": hold.reference,
        "merchant_name": "",
        "merchant_category_code": "",
        "booked_at": None,
    }
