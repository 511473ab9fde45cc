"""Running a transaction again when PostgreSQL says that it lost against another (deadlock, serialization)."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection

TRIES = 3
LONGEST_PAUSE_SECONDS = 0.05
# serialization_failure and deadlock_detected: nothing was done, and the same may work a moment later.
LOST = frozenset({"40001", "40P01"})

Result = TypeVar("Result")


def run_again_when_lost(run: Callable[[], Result]) -> Result:
    """Return what `run` returns; it opens its own transaction and is run three times at most.

    Inside a transaction nothing is run again: what was lost there is the whole of it.
    """
    for remaining in reversed(range(TRIES)):
        try:
            return run()
        except DatabaseError as error:
            if not remaining or connection.in_atomic_block or _state(error) not in LOST:
                raise
            time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))  # noqa: S311 - jitter keeps no secret
    raise AssertionError("the last try returns or raises")


def _state(error: DatabaseError) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
