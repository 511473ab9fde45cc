"""What staff see first: tiles and charts on the admin's front page, registered by the apps that know.

    register(Tile("payments", _("Payments today"), permissions.PAYMENTS_READ_ANY, read))

Each is shown to who holds its permission; one that cannot be read says so and hides no other.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

logger = logging.getLogger("bank.site.tiles")

WIDTH, HEIGHT, FOOT = 720, 160, 20


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tile says now. `state` is good, warn or bad; `words` say the same for who sees no colour."""

    value: str
    url: str
    state: str = "good"
    words: Any = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that leads to its list. `read` is given who looks."""

    name: str
    label: Any
    permission: str
    read: Callable[[Any], Reading]


@dataclass(frozen=True, slots=True)
class Series:
    """Counts by hour, the oldest first: drawn as bars, and written as a table."""

    name: str
    label: Any
    permission: str
    read: Callable[[], Sequence[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A tile as it is shown."""

    label: Any
    reading: Reading


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, in the SVG's units."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as it is shown."""

    name: str
    label: Any
    total: int
    bars: list[Bar]


class Named(Protocol):
    """What is registered."""

    @property
    def name(self) -> str: ...
    @property
    def permission(self) -> str: ...


_TILES: dict[str, Tile] = {}
_SERIES: dict[str, Series] = {}


def register(tile: Tile | Series) -> None:
    """Make a tile or chart known; the same name again replaces it."""
    if isinstance(tile, Tile):
        _TILES[tile.name] = tile
    else:
        _SERIES[tile.name] = tile


def tiles_for(user: Any) -> list[Shown]:
    """Return the tiles this person may see."""
    return [
        Shown(tile.label, _read(tile, user)) for tile in _TILES.values() if user.has_perm(tile.permission)
    ]


def charts_for(user: Any) -> list[Chart]:
    """Return the charts this person may see."""
    return [_drawn(series) for series in _SERIES.values() if user.has_perm(series.permission)]


def _read(tile: Tile, user: Any) -> Reading:
    try:
        return tile.read(user)
    except Exception as error:  # noqa: BLE001 - one tile that breaks must not hide the others
        logger.error("a tile cannot be read", extra={"tile": tile.name, "error_type": type(error).__name__})
        return Reading("–", "", "bad", "cannot be read")


def _drawn(series: Series) -> Chart:
    points = series.read()
    highest = max((count for _, count in points), default=0)
    slot = WIDTH / max(len(points), 1)
    bars = []
    for number, (label, count) in enumerate(points):
        height = round((HEIGHT - FOOT) * count / highest, 1) if highest else 0.0
        place = (round(number * slot + 1, 1), round(HEIGHT - FOOT - height, 1), round(slot - 2, 1), height)
        bars.append(Bar(label, count, *place, is_labelled=number % 4 == 0))
    return Chart(series.name, series.label, sum(count for _, count in points), bars)
