"""Whose CPU it was: the shares of the two cores that each part took while a load ran."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil

Groups = Mapping[str, Callable[[], list[int]]]


@dataclass
class CpuShares:
    """Measures, between enter and exit, the cores each group of processes kept busy (1.0 = one core)."""

    groups: Groups
    cores: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    _before: dict[str, dict[int, float]] = field(default_factory=dict)
    _began: float = 0.0

    def __enter__(self) -> Self:
        self._before = {name: _times(pids()) for name, pids in self.groups.items()}
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._began
        for name, pids in self.groups.items():
            before, after = self._before[name], _times(pids())
            spent = sum(used - before.get(pid, 0.0) for pid, used in after.items())
            self.cores[name] = spent / self.seconds

    def microseconds_each(self, count: int) -> dict[str, int]:
        """Return CPU microseconds per request, group by group."""
        if not count:
            return {}
        return {name: round(cores * self.seconds / count * 1e6) for name, cores in self.cores.items()}

    def rounded(self) -> dict[str, float]:
        """Return the cores kept busy, two decimals."""
        return {name: round(cores, 2) for name, cores in self.cores.items()}


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants; empty when it is gone."""
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def description() -> str:
    """Return in a few words what machine this is."""
    gibibytes = psutil.virtual_memory().total // 2**30
    return f"{os.cpu_count()} cores, {gibibytes} GiB, shared with the load generator"


def _times(pids: list[int]) -> dict[int, float]:
    times = {}
    for pid in pids:
        try:
            used = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        times[pid] = used.user + used.system
    return times
