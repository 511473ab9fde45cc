"""Both sides in turn, round after round, so that the machine's mood falls on both alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How often both sides are measured, and for how many seconds each time."""

    rounds: int = 5
    seconds: float = 4.0


@dataclass(slots=True)
class Side:
    """One side of a comparison: what it gets ready outside the clock, and its rate under the clock."""

    name: str
    measure: Callable[[float], float]
    prepare: Callable[[float], None] = lambda seconds: None
    rates: list[float] = field(default_factory=list)

    def take(self, seconds: float) -> float:
        """Get ready, then measure once; return the rate per second."""
        self.prepare(seconds)
        return self.measure(seconds)


def interleave(sides: Sequence[Side], plan: Plan, *, between: Callable[[], None]) -> None:
    """Warm every side up, then measure each once a round, beginning with another side each time."""
    for side in sides:
        side.take(WARM_UP_SECONDS)
    for number in range(plan.rounds):
        for side in _turned(sides, number):
            between()
            side.rates.append(side.take(plan.seconds))


def _turned(sides: Sequence[Side], by: int) -> list[Side]:
    start = by % len(sides)
    return [*sides[start:], *sides[:start]]
