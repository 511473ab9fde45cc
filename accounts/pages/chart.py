"""Money in and out, month by month, as bars: numbers for a server-drawn SVG, no colours, no HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT = 720, 200, 24
GAP = 8


@dataclass(frozen=True, slots=True)
class Month:
    """What came in and what went out in one month, in minor units."""

    label: str
    came_in: int
    went_out: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands and how tall it is, in the SVG's units."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str
    label_x: float


def bars(months: Sequence[Month]) -> list[Bar]:
    """Return two bars for each month, in and out, drawn to one scale."""
    highest = max((max(month.came_in, month.went_out) for month in months), default=0)
    slot = WIDTH / max(len(months), 1)
    return [bar for number, month in enumerate(months) for bar in _pair(month, number * slot, slot, highest)]


def _pair(month: Month, start: float, slot: float, highest: int) -> tuple[Bar, Bar]:
    width = (slot - GAP) / 2
    middle = start + slot / 2
    return (
        _bar(month.came_in, start + GAP / 2, width, highest, "plus", month.label, middle),
        _bar(month.went_out, start + GAP / 2 + width, width, highest, "minus", "", middle),
    )


def _bar(value: int, x: float, width: float, highest: int, kind: str, label: str, label_x: float) -> Bar:
    height = round((HEIGHT - FOOT) * value / highest, 1) if highest else 0.0
    return Bar(
        round(x, 1), round(HEIGHT - FOOT - height, 1), round(width, 1), height, kind, label, round(label_x, 1)
    )
