"""A rate of exchange as a person reads it, in the language of the page."""

from decimal import Decimal

from accounts.money import Money
from accounts.words import said
from payments.rules.exchange import plainly


def said_rate(unit_currency: str, quoted_currency: str, rate: Decimal) -> str:
    """Return a rate for people: `£1.00 = EUR 1.1652`."""
    return f"{said(Money.parse('1', unit_currency))} = {quoted_currency} {plainly(rate)}"
