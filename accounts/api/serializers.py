"""Accounts in the words of the API."""

import datetime as dt
import re
from typing import Any

from rest_framework import serializers

from accounts import rules
from accounts.models import Account, Customer, Entry
from accounts.money import CURRENCIES, InvalidAmount, Money, as_decimals
from accounts.queries import Transaction
from approvals.api.serializers import AskSerializer
from bank import clock
from bank.wire.pages import PageAnswer
from bank.wire.query import StrictQuery
from bank.wire.serializers import (
    AmountSerializer,
    PatternField,
    PublicIdField,
    StrictCharField,
    StrictChoiceField,
    StrictDateField,
    StrictDateTimeField,
    StrictSerializer,
)


class MoneySerializer(AmountSerializer):
    """Reads an amount into Money; too many decimals for its currency are refused, never rounded."""

    def to_internal_value(self, data: Any) -> Money:
        """Return the money; raises ValidationError."""
        values = super().to_internal_value(data)
        try:
            return Money.parse(values["amount"], values["currency"])
        except InvalidAmount as error:
            raise serializers.ValidationError({"amount": [error.detail]}, code="invalid_amount") from error


def said_money(minor: int, currency: str) -> dict[str, str]:
    """Return minor units as the API says money."""
    return {"amount": as_decimals(minor, currency), "currency": currency}


class SaidMoney(serializers.Serializer[Any]):
    """An amount with exactly the currency's decimals; a balance can be below zero."""

    amount = serializers.RegexField(r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,4})?$")
    currency = serializers.RegexField(r"^[A-Z]{3}$")


class OpeningSerializer(StrictSerializer):
    """An account to open for oneself."""

    name = StrictCharField(max_length=70)
    kind = StrictChoiceField(choices=["current", "savings"])
    currency = StrictChoiceField(choices=sorted(CURRENCIES))


class HolderSerializer(AskSerializer):
    """Who shall hold the account as what; `none` removes somebody."""

    customer = PublicIdField(prefix="cus")
    role = StrictChoiceField(choices=["joint", "viewer", "none"])


class BlockSerializer(AskSerializer):
    """Which way to block: DBIT, so that nothing leaves, or CRDT, so that nothing arrives."""

    direction = StrictChoiceField(choices=["DBIT", "CRDT"])


class OverdraftSerializer(AskSerializer):
    """How far below zero an account may go."""

    limit = MoneySerializer()


class EmailField(PatternField):
    """An e-mail address (RFC 5321, in ASCII)."""

    pattern = re.compile(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}", re.ASCII
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)


class PhoneField(PatternField):
    """A telephone number with its country (E.164), groups apart or not."""

    pattern = re.compile(r"\+[1-9](?:[ -]?[0-9]){6,14}", re.ASCII)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=24, **kwargs)


OLDEST_YEARS = 130


class BirthDateField(StrictDateField):
    """A day on which somebody alive was born."""

    default_error_messages = {"not_a_birthday": "Nobody alive was born on this day."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the date; raises ValidationError."""
        day, today = super().to_internal_value(data), clock.now().date()
        if day > today or day.year < today.year - OLDEST_YEARS:
            self.fail("not_a_birthday")
        return day


class CustomerSerializer(serializers.Serializer[Any]):
    """What the bank knows of the person who asks."""

    id = serializers.CharField()
    given_name = serializers.CharField(allow_null=True)
    family_name = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    birth_date = serializers.DateField(allow_null=True, help_text="null to third parties")
    address = serializers.CharField(allow_null=True)
    kyc_status = serializers.ChoiceField(
        Customer.KycStatus.choices, allow_null=True, help_text="null to third parties"
    )


class CorrectionSerializer(StrictSerializer):
    """What is wrong about oneself, and what is right; what is left out stays."""

    given_name = StrictCharField(max_length=70, required=False)
    family_name = StrictCharField(max_length=70, required=False)
    email = EmailField(required=False)
    phone = PhoneField(required=False)
    birth_date = BirthDateField(required=False)
    address = StrictCharField(max_length=300, required=False)


# An app is given "your name and contact details" (permissions.py): of the rest it is told nothing.
NOT_FOR_APPS = frozenset({"birth_date", "kyc_status"})


def said_customer(customer: Customer, *, to_app: bool) -> dict[str, Any]:
    """Return a customer as the API says one: whole to the person, name and contact to a third party."""
    fields: list[str] = list(CustomerSerializer().get_fields())
    hidden = NOT_FOR_APPS if to_app else frozenset()
    return {name: None if name in hidden else getattr(customer, name) for name in fields}


class AccountSerializer(serializers.Serializer[Any]):
    """An account: what it is called, what it is, and its number."""

    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(["current", "savings"])
    currency = serializers.CharField()
    status = serializers.ChoiceField(Account.Status.choices)
    iban = serializers.CharField()
    masked_number = serializers.CharField()
    opened_at = serializers.DateTimeField()


def said_account(account: Account) -> dict[str, Any]:
    """Return an account as the API says one."""
    return {
        "id": account.id,
        "name": account.name,
        "kind": account.kind,
        "currency": account.currency,
        "status": account.status,
        "iban": account.iban,
        "masked_number": rules.masked(account.last4),
        "opened_at": account.opened_at,
    }


class BalanceSerializer(serializers.Serializer[Any]):
    """One kind of balance: booked for good, or available to spend."""

    kind = serializers.ChoiceField(["booked", "available"])
    amount = SaidMoney()


class BalancesSerializer(serializers.Serializer[Any]):
    """The balances of one account at one moment."""

    data = BalanceSerializer(many=True)  # type: ignore[assignment]
    as_of = serializers.DateTimeField()


class BalancesQuery(StrictQuery):
    """The moment to look at; without one, now."""

    at = StrictDateTimeField(required=False)


def said_balances(moment: dt.datetime, **balances: Money) -> dict[str, Any]:
    """Return balances by kind as the API says them."""
    data = [{"kind": kind, "amount": said_money(m.minor, m.currency)} for kind, m in balances.items()]
    return {"data": data, "as_of": moment}


class TransactionSerializer(serializers.Serializer[Any]):
    """One line of an account (ISO 20022: an entry)."""

    id = serializers.CharField()
    account = serializers.CharField()
    seq = serializers.IntegerField(allow_null=True, help_text="null while pending")
    status = serializers.ChoiceField(["BOOK", "PDNG"])
    kind = serializers.CharField()
    direction = serializers.ChoiceField(Entry.Direction.choices)
    amount = SaidMoney()
    balance_after = SaidMoney(allow_null=True)
    description = serializers.CharField()
    reference = serializers.CharField()
    merchant_name = serializers.CharField()
    merchant_category_code = serializers.CharField()
    booked_at = serializers.DateTimeField(allow_null=True)


def said_transaction(entry: Transaction) -> dict[str, Any]:
    """Return a transaction as the API says one."""
    return {
        "id": entry.id,
        "account": entry.account_id,
        "seq": entry.seq,
        "status": "BOOK",
        "kind": entry.kind,
        "direction": entry.direction,
        "amount": said_money(entry.amount, entry.currency),
        "balance_after": said_money(entry.balance_after, entry.currency),
        "description": entry.description,
        "reference": entry.reference,
        "merchant_name": entry.merchant_name,
        "merchant_category_code": entry.merchant_category_code,
        "booked_at": entry.booked_at,
    }


class AccountPageSerializer(PageAnswer):
    """One page of accounts."""

    data = AccountSerializer(many=True)  # type: ignore[assignment]


class TransactionPageSerializer(PageAnswer):
    """One page of transactions."""

    data = TransactionSerializer(many=True)  # type: ignore[assignment]
