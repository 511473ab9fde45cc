"""Keeps the bank's processes running: starts them in order, starts again what dies, stops all in reverse."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from deploy.local.failures import SetupFailed
from deploy.local.processes import Process
from deploy.local.steps import say

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0
LOOK_SECONDS = 0.1


@dataclass
class Unit:
    """One process to keep running."""

    name: str
    start: Callable[[], Process]
    stop_within_seconds: float = 6.0
    process: Process | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    due_at: float = field(default=0.0)

    def begin(self) -> None:
        """Start the process and note the time."""
        self.process = self.start()
        self.started_at = time.monotonic()
        self.due_at = 0.0

    def has_died(self) -> bool:
        """Return whether the process ended by itself."""
        return self.process is not None and self.process.ended()

    def plan_restart(self) -> float:
        """Return how long to wait before the next start: longer each time, short again after a steady run."""
        now = time.monotonic()
        if now - self.started_at > STEADY_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        wait, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        self.due_at = now + wait
        return wait


class Supervisor:
    """The units, in the order they start; `changed` is called when a process was replaced."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.units: list[Unit] = []
        self.changed = changed

    def add(self, unit: Unit) -> None:
        """Start a unit and keep it running from now on."""
        self.units.append(unit)
        unit.begin()

    def look(self) -> None:
        """Find what died and start again what is due."""
        for unit in self.units:
            if unit.has_died():
                self._bury(unit)
            if unit.due_at and time.monotonic() >= unit.due_at:
                self._revive(unit)

    def watch(self, every_look: Callable[[], None]) -> None:
        """Look again and again until a signal ends it."""
        while True:
            self.look()
            every_look()
            time.sleep(LOOK_SECONDS)

    def stop(self, stages: Sequence[Sequence[str]]) -> None:
        """Stop stage after stage, units of a stage side by side; what is in none goes last, in reverse."""
        staged = [[unit for unit in self.units if unit.name in names] for names in stages]
        rest = [[unit] for unit in reversed(self.units) if not any(unit in stage for stage in staged)]
        for stage in [*staged, *rest]:
            _stop_together([unit for unit in stage if unit.process])
        self.units.clear()

    def _bury(self, unit: Unit) -> None:
        ended, unit.process = unit.process, None
        if ended:
            ended.sweep()
        how = _how_it_ended(ended.popen.returncode) if ended else "unknown"
        say(f"{unit.name} ended ({how}); starting it again in {unit.plan_restart():.1f} s")

    def _revive(self, unit: Unit) -> None:
        try:
            unit.begin()
        except SetupFailed as failure:
            say(f"{unit.name} does not start: {failure}; trying again in {unit.plan_restart():.1f} s")
        else:
            say(f"{unit.name} runs again")
            self.changed()


def _stop_together(units: Sequence[Unit]) -> None:
    deadline = time.monotonic() + max((unit.stop_within_seconds for unit in units), default=0)
    for unit in units:
        if unit.process:
            unit.process.ask_to_stop()
    for unit in units:
        if unit.process:
            unit.process.stop(within_seconds=max(deadline - time.monotonic(), 0.1))


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
