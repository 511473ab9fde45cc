"""Counts for every limit of a request in one round trip.

django-ratelimit names the counter and its window; left to itself it asks the cache twice for each. Here it
asks a notebook, and one Lua call adds one to all of them: exact across processes, for Valkey runs it alone.
"""

import time
from hashlib import sha1
from threading import local
from typing import Any

from django.core.cache.backends.base import BaseCache
from redis.exceptions import ConnectionError as CacheAway
from redis.exceptions import NoScriptError, RedisError

from bank.resilience import cache

# A cache that did not answer is not asked again for so long: else every request would wait for its timeout.
PAUSE_SECONDS = 1.0

# KEYS: counters; ARGV: seconds each lives. Returns the new counts.
_COUNT = """
local counts = {}
for i, key in ipairs(KEYS) do
  counts[i] = redis.call('INCR', key)
  if counts[i] == 1 then redis.call('EXPIRE', key, ARGV[i]) end
end
return counts
"""
_COUNT_SHA = sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()  # how EVALSHA names a script


class Notebook(BaseCache):
    """The cache django-ratelimit is given, settings.CACHES["limits"]: it notes what would be counted."""

    def __init__(self, _: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: Any, value: Any, timeout: Any = None, version: Any = None) -> bool:
        """Note a counter; the count follows from `count_noted`."""
        note(str(key), int(timeout))
        return True


_thread = local()


def note(counter: str, seconds: int) -> None:
    """Note a counter by its name, and how long it lives."""
    noted().append((counter, seconds))


def taken_back() -> tuple[str, int]:
    """Return the note made last, and make it unmade."""
    return noted().pop()


def noted() -> list[tuple[str, int]]:
    """Return this thread's notes: counter name and seconds it lives."""
    if not hasattr(_thread, "notes"):
        _thread.notes = []
    notes: list[tuple[str, int]] = _thread.notes
    return notes


class _Pause:
    until = float("-inf")


def count_noted() -> list[int]:
    """Add one to every noted counter and return the counts; raises RedisError while the cache is away."""
    notes = list(noted())
    noted().clear()
    if not notes:
        return []
    if time.monotonic() < _Pause.until:
        raise CacheAway("the cache did not answer a moment ago")
    try:
        return _count(notes)
    except RedisError:
        _Pause.until = time.monotonic() + PAUSE_SECONDS
        raise


def _count(notes: list[tuple[str, int]]) -> list[int]:
    words: tuple[str | int, ...] = (
        len(notes),
        *(key for key, _ in notes),
        *(seconds for _, seconds in notes),
    )
    try:
        counts: list[int] = cache.ask("EVALSHA", _COUNT_SHA, *words)
    except NoScriptError:  # the first time, and after the cache was restarted
        counts = cache.ask("EVAL", _COUNT, *words)
    return counts
