"""Money in and out, month by month, as bars: numbers for a server-drawn SVG, no colours, no HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.queries.months import MonthTotals

WIDTH, HEIGHT, FOOT = 480, 170, 26
GAP = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands and how tall it is, in the SVG's units."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Month:
    """Two bars and what stands under them."""

    begins_at: datetime
    x: float
    bars: tuple[Bar, Bar]


def months(totals: Sequence[MonthTotals]) -> list[Month]:
    """Return two bars for each month, in and out, all drawn to one scale."""
    highest = max((max(month.came_in, month.went_out) for month in totals), default=0)
    slot = WIDTH / max(len(totals), 1)
    return [_month(month, number * slot, slot, highest) for number, month in enumerate(totals)]


def _month(totals: MonthTotals, start: float, slot: float, highest: int) -> Month:
    width = (slot - GAP) / 2
    came_in = _bar(totals.came_in, start + GAP / 2, width, highest, "plus")
    went_out = _bar(totals.went_out, start + GAP / 2 + width, width, highest, "minus")
    return Month(totals.begins_at, round(start + slot / 2, 1), (came_in, went_out))


def _bar(value: int, x: float, width: float, highest: int, kind: str) -> Bar:
    height = round((HEIGHT - FOOT) * value / highest, 1) if highest else 0.0
    return Bar(round(x, 1), round(HEIGHT - FOOT - height, 1), round(width, 1), height, kind)
