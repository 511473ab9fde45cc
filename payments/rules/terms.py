"""What a payment costs and how much may be paid: pure functions."""

from dataclasses import dataclass
from typing import NamedTuple

from accounts.money import Money
from payments.errors import DayLimitReached, FeeOutOfBounds, PaymentLimitReached


class Fee(NamedTuple):
    """One line of the schedule, in minor units; `basis_points` are hundredths of a per cent."""

    fixed: int
    basis_points: int
    least: int
    most: int | None


MOST_OF_A_FEE = 10**9  # minor units
ALL_OF_IT = 10_000  # basis points


def check_fee(line: Fee) -> None:
    """Raise FeeOutOfBounds unless this can be a line of the schedule."""
    amounts = (line.fixed, line.least, line.least if line.most is None else line.most)
    is_within = all(0 <= amount <= MOST_OF_A_FEE for amount in amounts)
    if not is_within or not 0 <= line.basis_points <= ALL_OF_IT or amounts[2] < line.least:
        raise FeeOutOfBounds()


def fee_of(amount: Money, line: Fee | None) -> Money:
    """Return what a payment of this amount costs: nothing where the schedule has no line.

    A part of a minor unit is rounded down, for the customer.
    """
    if line is None:
        return Money(0, amount.currency)
    fee = max(line.least, line.fixed + amount.minor * line.basis_points // 10_000)
    return Money(fee if line.most is None else min(fee, line.most), amount.currency)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most an account pays in one payment and in one day (minor units), and what was paid today."""

    per_payment: int | None = None
    per_day: int | None = None
    spent: int = 0

    def check(self, amount: Money, *, more: int = 0) -> None:
        """Raise PaymentLimitReached or DayLimitReached; `more` is what was paid since `spent` was counted."""
        if self.per_payment is not None and amount.minor > self.per_payment:
            raise PaymentLimitReached(f"at most {Money(self.per_payment, amount.currency)} in one payment")
        if self.per_day is not None and self.spent + more + amount.minor > self.per_day:
            left = Money(max(0, self.per_day - self.spent - more), amount.currency)
            raise DayLimitReached(f"{left} {left.currency} is left today")


def is_raised(before: tuple[int | None, int | None], after: tuple[int | None, int | None]) -> bool:
    """Return whether a limit (in one payment, in one day) allows more than before; None is no limit."""
    return any(old is not None and (new is None or new > old) for old, new in zip(before, after, strict=True))
