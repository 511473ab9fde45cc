"""A long piece of work in short turns: who has a backlog leaves the workers to others in between.

Sealing is promised within five seconds; it shares the workers with whoever reads the log.
"""

import time
from collections.abc import Iterator

TURN_SECONDS = 1.0


def turn() -> Iterator[None]:
    """Yield once at least, and again until the turn is over: what is left waits for the next."""
    ends_at = time.monotonic() + TURN_SECONDS
    yield
    while time.monotonic() < ends_at:
        yield
