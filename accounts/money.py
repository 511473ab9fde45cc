"""Money: whole minor units of one currency. Never a float, never two currencies at once."""

import re
from dataclasses import dataclass
from typing import Self

from bank.errors import Malformed, Refused

# ISO 4217: how many decimals each currency has. The bank's own table, because libraries disagree.
CURRENCIES: dict[str, int] = {
    "AED": 2, "AUD": 2, "BHD": 3, "CAD": 2, "CHF": 2, "CLF": 4, "CLP": 0, "CNY": 2, "CZK": 2,
    "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "INR": 2, "ISK": 0, "JOD": 3, "JPY": 0,
    "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PLN": 2, "RON": 2, "SEK": 2,
    "SGD": 2, "THB": 2, "TND": 3, "TRY": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip

# More than any payment: a thousand of them on one account still fit a 64-bit column.
MAX_MINOR = 10**15

AMOUNT_PATTERN = re.compile(r"(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?", re.ASCII)


class InvalidAmount(Malformed):
    """The amount is not written as money in this currency."""


class CurrencyMismatch(Refused):
    """The currencies differ."""

    reason_code = "AM03"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in whole minor units (pence, yen, fils) of an ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is counted in whole minor units (int)")
        if self.currency not in CURRENCIES:
            raise InvalidAmount(f"{self.currency!r} is not a currency this bank keeps")

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Return the money written as `text`; raises InvalidAmount, never rounds."""
        digits = CURRENCIES.get(currency)
        if digits is None:
            raise InvalidAmount(f"{currency!r} is not a currency this bank keeps")
        if not AMOUNT_PATTERN.fullmatch(text):
            raise InvalidAmount("write digits with an optional point, such as 10.00")
        whole, _, decimals = text.partition(".")
        if len(decimals) > digits:
            raise InvalidAmount(f"{currency} has {digits} decimals")
        return cls(int(whole + decimals.ljust(digits, "0")), currency)

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same_currency(other)
        return self.minor < other.minor

    def __str__(self) -> str:
        """The amount alone with exactly the currency's decimals, as it stands on the wire."""
        return as_decimals(self.minor, self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be mixed")


def as_decimals(minor: int, currency: str) -> str:
    """Return minor units with exactly the currency's decimals: 1000 of GBP is 10.00."""
    digits = CURRENCIES[currency]
    sign = "-" if minor < 0 else ""
    padded = str(abs(minor)).rjust(digits + 1, "0")
    return f"{sign}{padded[:-digits]}.{padded[-digits:]}" if digits else f"{sign}{padded}"
