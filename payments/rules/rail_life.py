"""The life of a payment on the rail: what news changes, and when to ask again. Pure functions."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

FINAL = frozenset({"ACCC", "RJCT", "CANC"})
SETTLED = frozenset({"ACSC", "ACCC"})
# ISO 20022 statuses in the order of a life: news from an earlier one is old, in whichever order it comes.
_RANK = {"ACTC": 1, "ACSP": 1, "PDNG": 1, "ACSC": 2, "ACCC": 3, "RJCT": 3, "CANC": 3}
KNOWN_STATUSES = frozenset(_RANK)

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)  # the rail has it and tells by itself: asking is for lost news
# Nobody knows of it: the breaker spares a rail that is down, so this need not. Longer, and payments would
# stay unknown for minutes after the rail is back.
LONGEST_SILENCE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class News:
    """What the rail says of a payment: the only evidence of what became of it."""

    status: str
    reason: str = ""
    settled_on: date | None = None


class Contradiction(Exception):
    """The rail says what cannot be true beside what it said before."""


def status_after(status: str, news: News) -> str | None:
    """Return the status a payment takes by news, None when it is old; raises Contradiction.

    What has ended stays as it is, and a settled payment is never rejected or cancelled: only returned.
    """
    told = "ACSP" if news.status == "ACTC" else news.status
    if told == status or _RANK[told] < _RANK[status]:
        return None
    if status in FINAL or (status == "ACSC" and told != "ACCC"):
        raise Contradiction(f"{status}, and now {told}")
    return told


def pause_before(
    tries: int, longest: timedelta, *, chance: Callable[[float, float], float] = random.uniform
) -> timedelta:
    """Return how long to wait before the next try: exponential up to the longest, with full jitter."""
    most = min(longest, FIRST_PAUSE * 2 ** min(tries, 12))
    return timedelta(seconds=chance(0.0, most.total_seconds()))
