"""What an amount is in another currency: exact decimals, rounded once, half to even. Pure functions."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal

from accounts.money import CURRENCIES, MAX_MINOR, Money
from payments.errors import AmountOverLimit, TooLittleToExchange

HELD_FOR = timedelta(seconds=60)
ROUNDING = "half_even"
RATE_DIGITS = 8
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is paid and what arrives. `difference` is what arrives above the exact amount, in its currency."""

    sell: Money
    buy: Money
    difference: Decimal


def exchange(amount: Money, rate: Decimal, *, unit_currency: str, quoted_currency: str) -> Exchange:
    """Return both amounts when one of them is fixed, in either currency; the other is rounded half to even.

    Raises TooLittleToExchange when nothing would be left of it, AmountOverLimit.
    """
    if amount.currency == unit_currency:
        sell, buy = amount, _rounded(_EXACT.multiply(_major(amount), rate), quoted_currency)
    else:
        sell, buy = _rounded(_EXACT.divide(_major(amount), rate), unit_currency), amount
    if sell.minor <= 0 or buy.minor <= 0:
        raise TooLittleToExchange()
    if max(sell.minor, buy.minor) > MAX_MINOR:
        raise AmountOverLimit()
    return Exchange(sell, buy, _EXACT.subtract(_major(buy), _EXACT.multiply(_major(sell), rate)))


def plainly(number: Decimal) -> str:
    """Return a decimal without exponent and without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _major(money: Money) -> Decimal:
    return _EXACT.scaleb(Decimal(money.minor), -CURRENCIES[money.currency])


def _rounded(major: Decimal, currency: str) -> Money:
    minor = _EXACT.scaleb(major, CURRENCIES[currency])
    return Money(int(minor.to_integral_value(ROUND_HALF_EVEN)), currency)
