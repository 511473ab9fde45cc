"""What must be true of deliveries. Pure functions: when to try again, when to give up."""

from collections.abc import Callable
from datetime import datetime, timedelta

# 10 s, 40 s, 3, 11, 43 minutes, 3 and 11 hours, then half a day: the last try comes a day after the first.
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=12)
TIMES_LONGER = 4
MOST_ATTEMPTS = 9
JITTER = 0.2

SWITCH_OFF_AFTER = timedelta(days=3)
FEWEST_FAILURES = 10
GONE = 410
BY_ITS_APP = "by_its_app"  # why an endpoint is off; any other reason is the bank's


def pause_after(attempt: int, *, chance: Callable[[], float]) -> timedelta:
    """Return how long to wait after this attempt (1, 2, 3 …) failed; `chance` gives a number from 0 to 1.

    A fifth more or less, so that what failed together does not come back together.
    """
    longer: timedelta = FIRST_PAUSE * TIMES_LONGER ** (attempt - 1)
    return min(longer, LONGEST_PAUSE) * (1 - JITTER + 2 * JITTER * chance())


def is_given_up(attempts: int) -> bool:
    """Return whether a delivery that failed so often is tried no more by itself."""
    return attempts >= MOST_ATTEMPTS


def is_to_be_switched_off(*, failures: int, failing_since: datetime | None, now: datetime) -> bool:
    """Return whether an endpoint has failed in a row often and long enough to be left alone."""
    if failing_since is None or failures < FEWEST_FAILURES:
        return False
    return now - failing_since >= SWITCH_OFF_AFTER


def is_taken(status: int | None) -> bool:
    """Return whether an answer says that the event was taken."""
    return status is not None and 200 <= status < 300
