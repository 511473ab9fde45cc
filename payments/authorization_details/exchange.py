"""What a payment becomes in another currency: as an app asks for it, and as the payer reads it."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.api.serializers import MoneySerializer
from accounts.money import Money
from accounts.queries import currency_of_customer_account
from accounts.words import said
from bank.errors import Refused
from bank.wire.serializers import CurrencyField, StrictChoiceField, StrictSerializer
from oauth.protocol.failures import InvalidAuthorizationDetails
from payments.queries.terms import at_todays_rate
from payments.rules import money_in
from payments.words import said_rate

INDICATIVE = "INDICATIVE"
RATE_TYPES = ("ACTUAL", "AGREED", INDICATIVE)  # UK Open Banking's; only the last is made (decision 42)

NOTHING = gettext_lazy("Nothing: this exchange cannot be made at today’s rate")


class ExchangeDetail(StrictSerializer):
    """What an app writes: the creditor's currency, how the rate is fixed, the least that must arrive."""

    currency_of_transfer = CurrencyField()
    rate_type = StrictChoiceField(choices=RATE_TYPES)
    minimum_amount = MoneySerializer()


def exchange_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return the member about the exchange in canonical form; raises InvalidAuthorizationDetails."""
    if "exchange" not in values:
        return {}
    asked, amount = values["exchange"], values["amount"]
    currency, least = asked["currency_of_transfer"], asked["minimum_amount"]
    _check_terms(asked, amount)
    if currency_of_customer_account(values.get("creditor_account")) != currency:
        raise InvalidAuthorizationDetails("Exchange needs a creditor_account in currency_of_transfer.")
    _check_least(least, _found(amount, currency))
    minimum = {"amount": str(least), "currency": currency}
    return {
        "exchange": {"currency_of_transfer": currency, "rate_type": INDICATIVE, "minimum_amount": minimum}
    }


def arriving(detail: dict[str, Any]) -> tuple[Money, Decimal] | None:
    """Return what arrives at today's rate, and the rate; None without exchange, or where none can be made."""
    try:
        return at_todays_rate(money_in(detail["amount"]), detail["exchange"]["currency_of_transfer"])
    except (KeyError, Refused):
        return None


def facts(detail: dict[str, Any], found: tuple[Money, Decimal] | None) -> list[tuple[str, str]]:
    """Return what the payer reads of the exchange: what leaves, what arrives, the least, when it is fixed."""
    if "exchange" not in detail:
        return []
    amount, least = money_in(detail["amount"]), money_in(detail["exchange"]["minimum_amount"])
    return [
        (_("Leaves your account"), said(amount)),
        (_("Arrives at today’s rate"), _at_the_rate(amount.currency, *found) if found else str(NOTHING)),
        (_("Arrives at least"), _("%(least)s, or nothing is paid") % {"least": said(least)}),
        (_("Rate"), _("Fixed when the app pays. More or less than at today’s rate may arrive.")),
    ]


def warnings(detail: dict[str, Any], found: tuple[Money, Decimal] | None) -> tuple[str, ...]:
    """Return what the payer should know: that the rate has moved and this would not be paid now."""
    if "exchange" not in detail or (found and not found[0] < money_in(detail["exchange"]["minimum_amount"])):
        return ()
    return (_("At today’s rate less would arrive than the least you are asked to agree to: it is not paid."),)


def _check_terms(asked: dict[str, Any], amount: Money) -> None:
    if asked["rate_type"] != INDICATIVE:
        raise InvalidAuthorizationDetails("rate_type is INDICATIVE: the rate is fixed when the app pays.")
    if asked["currency_of_transfer"] == amount.currency:
        raise InvalidAuthorizationDetails("currency_of_transfer is the amount's own: leave exchange out.")
    least: Money = asked["minimum_amount"]
    if least.currency != asked["currency_of_transfer"] or least.minor <= 0:
        raise InvalidAuthorizationDetails("minimum_amount is more than zero, in currency_of_transfer.")


def _found(amount: Money, currency: str) -> Money:
    try:
        return at_todays_rate(amount, currency)[0]
    except Refused as error:
        raise InvalidAuthorizationDetails(f"{error.title()} ({amount.currency}-{currency})") from error


def _check_least(least: Money, found: Money) -> None:
    if found < least:
        today = f"{found} {found.currency}"
        raise InvalidAuthorizationDetails(f"minimum_amount is more than arrives at today's rate: {today}.")


def _at_the_rate(unit_currency: str, amount: Money, rate: Decimal) -> str:
    return f"{said(amount)} ({said_rate(unit_currency, amount.currency, rate)})"
