"""Says what still gets through a program, and what honest people can no longer do."""

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from labs.catalogue import Lab
from labs.programs import DoesNotRun

UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass
class Verdict:
    """Sentences for the learner; both lists empty is what to aim for."""

    got_through: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the attack fails and honest use works."""
        return not self.got_through and not self.broken


def grade(lab: Lab, file: Path) -> Verdict:
    """Start the file, use it honestly, attack it, use it honestly again."""
    script = lab.script()
    try:
        with script.opened(file) as door:
            return _judge(script, door)
    except DoesNotRun as end:
        return Verdict(broken=[f"the program does not run:\n{end}"])
    except UNREADABLE as error:
        return Verdict(
            broken=[f"the program answers what nobody understands: {type(error).__name__}: {error}"]
        )


def _judge(script: ModuleType, door: Any) -> Verdict:
    broken, got_through = script.honest(door), script.attack(door)
    if not broken and not hasattr(script, "LEAVES_NOTHING"):  # a program that ends is the same every time
        broken = [f"after the attack: {each}" for each in script.honest(door)]
    return Verdict(got_through, broken)
