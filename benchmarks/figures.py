"""A figure: ours beside a limit or a peer, measured in the same run; how it is summed up, printed, kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison: the rates of both sides (per second), a pair for each round."""

    name: str
    ours: Sequence[float]
    other: Sequence[float]
    against: Literal["limit", "peer"]
    other_is: str
    how: str
    goal: float | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """Ours ÷ the other side, round by round: only numbers of the same minute are divided."""
        return [ours / other for ours, other in zip(self.ours, self.other, strict=True) if other]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios; 0 when nothing was measured."""
        return median(self.ratios) if self.ratios else 0.0

    @property
    def reached(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        return None if self.goal is None else self.ratio >= self.goal

    def as_json(self) -> dict[str, Any]:
        """Return the object that var/bench.json keeps."""
        return {
            "name": self.name,
            "ours": rounded(median(self.ours)),
            self.against: rounded(median(self.other)),
            "ratio": rounded(self.ratio),
            "how": self.how,
            self.against + "_is": self.other_is,
            "unit": "per second",
            "goal": self.goal,
            "reached": self.reached,
            "rounds": len(self.ratios),
            "range": {
                "ours": spread(self.ours),
                self.against: spread(self.other),
                "ratio": spread(self.ratios),
            },
            **self.notes,
        }


def rounded(number: float) -> float:
    """Return the number with as many digits as a measurement deserves."""
    return round(number) if number >= 1000 else float(f"{number:.3g}")


def spread(numbers: Sequence[float]) -> list[float]:
    """Return the lowest and the highest."""
    return [rounded(min(numbers)), rounded(max(numbers))] if numbers else []


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write one object per figure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table for a terminal."""
    rows = [["figure", "ours/s", "other/s", "ratio", "range", "goal", "beside"]]
    rows += [_row(figure.as_json(), figure.against) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(figure: dict[str, Any], against: str) -> list[str]:
    low_high = "–".join(f"{number:g}" for number in figure["range"]["ratio"])
    goal = "" if figure["goal"] is None else f"≥ {figure['goal']:g} {'yes' if figure['reached'] else 'NO'}"
    return [
        figure["name"],
        f"{figure['ours']:,g}",
        f"{figure[against]:,g}",
        f"{figure['ratio']:g}",
        low_high,
        goal,
        figure[against + "_is"],
    ]
