"""Telling a person what happens: one line a step, with the time it took."""

import contextlib
import sys
import time
from collections.abc import Iterator


class Steps:
    """Numbers and times the steps of a start."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.began = time.monotonic()

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell that a step begins and, when it ended well, how long it took."""
        self.done += 1
        began = time.monotonic()
        say(f"[{self.done:>2}/{self.total}] {name} …", end="")
        try:
            yield
        except BaseException:
            say(" failed")
            raise
        say(f" {time.monotonic() - began:.1f} s")

    def seconds(self) -> float:
        """Return the time since the first step began."""
        return time.monotonic() - self.began


def say(words: str = "", *, end: str = "\n") -> None:
    """Print for whoever watches; a closed terminal is no reason to stop."""
    with contextlib.suppress(OSError, ValueError):
        print(words, end=end, flush=True)


def complain(words: str) -> None:
    """Print to standard error."""
    with contextlib.suppress(OSError, ValueError):
        print(words, file=sys.stderr, flush=True)
