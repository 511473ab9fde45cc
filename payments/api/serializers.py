"""Payments in the words of the API."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import MoneySerializer, SaidMoney, said_money
from audit.actor import Actor
from bank.wire.pages import PageAnswer
from bank.wire.serializers import PublicIdField, StrictCharField, StrictSerializer
from payments.api.iban_field import IbanField
from payments.api.payee_name_field import PayeeNameField
from payments.models import Payment
from payments.queries import find_creditor
from payments.queries.terms import fee_taken
from payments.rules import Outside, PaymentOrder


class OutsideSerializer(StrictSerializer):
    """A creditor at another bank: by name and number, or one of one's payees."""

    name = PayeeNameField(required=False)
    iban = IbanField(required=False)
    payee = PublicIdField(prefix="pye", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for both name and iban, or for payee alone; raises ValidationError."""
        if set(attrs) not in ({"name", "iban"}, {"payee"}):
            raise serializers.ValidationError(
                {"payee": ["Name a payee, or name and iban."]}, code="one_creditor"
            )
        return attrs


def one_creditor(attrs: dict[str, Any]) -> dict[str, Any]:
    """Return what names exactly one creditor; raises ValidationError for any other."""
    if ("creditor_account" in attrs) == ("creditor" in attrs):
        message = "Name either creditor_account or creditor."
        raise serializers.ValidationError({"creditor_account": [message]}, code="one_creditor")
    return attrs


class OrderSerializer(StrictSerializer):
    """What every order says: from one of one's own accounts, to an account here or a creditor outside."""

    debtor_account = PublicIdField(prefix="acc")
    creditor_account = PublicIdField(prefix="acc", required=False)
    creditor = OutsideSerializer(required=False)
    amount = MoneySerializer()
    reference = StrictCharField(max_length=140, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one creditor; raises ValidationError."""
        return one_creditor(attrs)


def order_in(values: dict[str, Any], *, owned_by: Actor) -> PaymentOrder:
    """Return the order that read values say, a payee found; raises PayeeNotFound."""
    outside = values.pop("creditor", None)
    if outside and "payee" in outside:
        values["creditor_account"], creditor = find_creditor(outside["payee"], owned_by=owned_by)
        return PaymentOrder(**values, creditor=creditor)
    return PaymentOrder(**values, creditor=Outside(**outside) if outside else None)


class PaymentOrderSerializer(OrderSerializer):
    """An order to pay now."""

    end_to_end_id = StrictCharField(max_length=35, required=False, allow_blank=True, default="")
    fx_quote = PublicIdField(prefix="fxq", required=False)

    @classmethod
    def read_order(cls, request: Any) -> PaymentOrder:
        """Return the order in a request's body; raises InvalidRequest with pointers, PayeeNotFound."""
        return order_in(cls.read(request), owned_by=request.auth)


class RefundSerializer(StrictSerializer):
    """How much to give back."""

    amount = MoneySerializer()
    reference = StrictCharField(max_length=140, required=False, allow_blank=True, default="")


class SaidOutside(serializers.Serializer[Any]):
    """A creditor at another bank."""

    name = serializers.CharField()
    iban = serializers.CharField()


class PaymentSerializer(serializers.Serializer[Any]):
    """A payment and what became of it."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(Payment.Kind.choices)
    original = serializers.CharField(allow_null=True, help_text="What a refund or reversal gives back")
    status = serializers.ChoiceField(Payment.Status.choices)
    reason_code = serializers.CharField(allow_null=True)
    debtor_account = serializers.CharField()
    creditor_account = serializers.CharField(allow_null=True)
    creditor = SaidOutside(allow_null=True)
    amount = SaidMoney()
    fee = SaidMoney(allow_null=True, help_text="What it cost besides the amount")
    fx_quote = serializers.CharField(allow_null=True)
    credited = SaidMoney(allow_null=True, help_text="What arrived in another currency")
    reference = serializers.CharField()
    end_to_end_id = serializers.CharField()
    created_at = serializers.DateTimeField()


class PaymentPageSerializer(PageAnswer):
    """One page of payments."""

    data = PaymentSerializer(many=True)  # type: ignore[assignment]


def said_payment(payment: Payment) -> dict[str, Any]:
    """Return a payment as the API says one."""
    fee = fee_taken(payment)
    return {
        "id": payment.id,
        "kind": payment.kind,
        "original": payment.original_id,
        "status": payment.status,
        "reason_code": payment.reason_code or None,
        "debtor_account": payment.debtor_account_id,
        "creditor_account": payment.creditor_account_id,
        "creditor": said_creditor(payment),
        "amount": said_money(payment.amount, payment.currency),
        "fee": said_money(fee.minor, fee.currency) if fee else None,
        "fx_quote": payment.fx_quote_id,
        "credited": _credited(payment),
        "reference": payment.reference,
        "end_to_end_id": payment.end_to_end_id,
        "created_at": payment.created_at,
    }


def said_creditor(payment: Payment) -> dict[str, str | None] | None:
    """Return the creditor of a payment to another bank."""
    if payment.kind != Payment.Kind.EXTERNAL:
        return None
    return {"name": payment.creditor_name, "iban": payment.creditor_iban}


def _credited(payment: Payment) -> dict[str, str] | None:
    if payment.credited_amount is None:
        return None
    return said_money(payment.credited_amount, payment.credited_currency)
