"""What was seen beside the rate of our side: CPU of each part, latency, and whether the generator kept up."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.load import milliseconds
from benchmarks.machine import CpuShares
from benchmarks.wire import Outcome


@dataclass(slots=True)
class Observed:
    """Collects what each round showed."""

    rounds: list[tuple[Outcome, CpuShares]] = field(default_factory=list)

    def add(self, outcome: Outcome, cpu: CpuShares) -> float:
        """Keep a round and return its rate."""
        self.rounds.append((outcome, cpu))
        return outcome.rate

    @property
    def latest_rate(self) -> float:
        """The rate of the round before; 0 before the first."""
        return self.rounds[-1][0].rate if self.rounds else 0.0

    def needed(self, seconds: float, *, at_first: int) -> int:
        """Return how many requests to make ready: half as many again as the last round used."""
        return int(self.latest_rate * seconds * 1.5) + 64 if self.rounds else int(at_first * seconds)

    def notes(self) -> dict[str, Any]:
        """Return medians over the rounds, for var/bench.json."""
        return {
            "latency_ms": _median_of([milliseconds(outcome) for outcome, _ in self.rounds]),
            "cores_busy": _median_of([cpu.rounded() for _, cpu in self.rounds]),
            "cpu_microseconds_each": _median_of(
                [cpu.microseconds_each(outcome.answered) for outcome, cpu in self.rounds]
            ),
            "ran_out_of_requests": any(outcome.ran_out for outcome, _ in self.rounds),
        }


def _median_of(measured: list[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for each in measured for name in each)
    return {name: round(median([each[name] for each in measured if name in each]), 2) for name in names}
