"""A circuit breaker whose state all processes share: it lies in the cache, and one Lua call changes it.

It opens at low volume (so many failures in a row) and at high volume (a share of a window's calls). Open, it
lets nobody through for a while, then one probe at a time; enough good probes close it, a bad one opens it
for twice as long. While the cache is away nobody counts: calls go through, bounded by their own time limits.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from django_redis import get_redis_connection
from redis.exceptions import RedisError

logger = logging.getLogger("bank.resilience")

State = Literal["closed", "open", "half_open"]

_NOW = "local t = redis.call('TIME') local now = t[1] + t[2] / 1000000 "
# KEYS: the breaker, its calls, its failures.
_ASK = (
    _NOW
    + """
local opened = redis.call('HGET', KEYS[1], 'opened_at')
if not opened then return 'closed' end
if now < opened + redis.call('HGET', KEYS[1], 'open_seconds') then return 'open' end
local probe = redis.call('HGET', KEYS[1], 'probe_until')
if probe and now < tonumber(probe) then return 'open' end
redis.call('HSET', KEYS[1], 'probe_until', now + ARGV[1])
return 'probe'
"""
)
# ARGV: call id, 1 when it failed, 1 when it was a probe, window, least calls, share, in a row, open for,
# at most, probes to close. Returns what changed.
_TELL = (
    _NOW
    + """
local failed, probe = ARGV[2] == '1', ARGV[3] == '1'
if redis.call('HGET', KEYS[1], 'opened_at') then
  if not probe then return '' end
  redis.call('HDEL', KEYS[1], 'probe_until')
  if failed then
    local longer = math.min(redis.call('HGET', KEYS[1], 'open_seconds') * 2, ARGV[9])
    redis.call('HSET', KEYS[1], 'opened_at', now, 'open_seconds', longer, 'probes', 0)
    return 'opened'
  end
  if redis.call('HINCRBY', KEYS[1], 'probes', 1) < tonumber(ARGV[10]) then return '' end
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
  return 'closed'
end
for i = 2, 3 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - ARGV[4]) end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('EXPIRE', KEYS[2], 3600)
if not failed then
  redis.call('HDEL', KEYS[1], 'in_a_row')
  return ''
end
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('EXPIRE', KEYS[3], 3600)
local calls, failures = redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3])
local in_a_row = redis.call('HINCRBY', KEYS[1], 'in_a_row', 1)
local too_many = calls >= tonumber(ARGV[5]) and failures >= calls * ARGV[6]
if in_a_row < tonumber(ARGV[7]) and not too_many then return '' end
redis.call('HSET', KEYS[1], 'opened_at', now, 'open_seconds', ARGV[8], 'probes', 0)
return 'opened'
"""
)
_END_WAIT = (
    _NOW
    + """
local wait = redis.call('HGET', KEYS[1], 'open_seconds')
if wait then redis.call('HSET', KEYS[1], 'opened_at', now - wait) end
"""
)
_LOOK = (
    _NOW
    + """
local opened = redis.call('HGET', KEYS[1], 'opened_at')
local left = opened and (opened + redis.call('HGET', KEYS[1], 'open_seconds') - now) or 0
local counts = {}
for i = 2, 3 do counts[i] = redis.call('ZCOUNT', KEYS[i], now - ARGV[1], '+inf') end
return {opened and 1 or 0, tostring(left), counts[2], counts[3]}
"""
)


class BreakerOpen(Exception):
    """Nothing was called: what is behind the breaker has failed too often."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a breaker shows: its state, the calls and failures of its window, seconds until the next probe."""

    state: State
    calls: int
    failures: int
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Breaker:
    """One breaker by its name, the same in every process."""

    name: str
    window_seconds: float = 30.0
    least_calls: int = 10
    failing_share: float = 0.5
    failures_in_a_row: int = 5
    open_seconds: float = 5.0
    longest_open_seconds: float = 15.0  # one probe in so long costs nobody anything, and finds who is back
    probes_to_close: int = 2
    probe_seconds: float = 10.0  # a probe whose process died gives its place free after so long

    @contextmanager
    def guarding(self, *failures: type[Exception]) -> Iterator[None]:
        """Let one call through and count how it ended; raises BreakerOpen. Others are no failures."""
        admitted = self._ask()
        if admitted == "open":
            raise BreakerOpen(self.name)
        try:
            yield
        except failures:
            self._tell(failed=True, probe=admitted == "probe")
            raise
        except BaseException:
            self._tell(failed=False, probe=admitted == "probe")
            raise
        self._tell(failed=False, probe=admitted == "probe")

    def reading(self) -> Reading:
        """Return what the breaker shows now; closed while the cache is away."""
        try:
            opened, left, calls, failures = _run(_LOOK, self._keys, [self.window_seconds])
        except RedisError:
            return Reading("closed", 0, 0, 0.0)
        seconds = max(0.0, float(left))
        state: State = "closed" if not opened else "open" if seconds else "half_open"
        return Reading(state, int(calls), int(failures), seconds)

    def end_wait(self) -> None:
        """Let the next call through as a probe, however long is left; raises RedisError."""
        _run(_END_WAIT, self._keys, [])

    def reset(self) -> None:
        """Close it and forget what was counted."""
        get_redis_connection("default").delete(*self._keys)

    def _ask(self) -> str:
        try:
            return str(_run(_ASK, self._keys, [self.probe_seconds]).decode())
        except RedisError as error:
            logger.warning("a breaker is not counted", extra={"error_type": type(error).__name__})
            return "closed"

    def _tell(self, *, failed: bool, probe: bool) -> None:
        arguments = [
            uuid4().hex, int(failed), int(probe), self.window_seconds, self.least_calls, self.failing_share,
            self.failures_in_a_row, self.open_seconds, self.longest_open_seconds, self.probes_to_close,
        ]  # fmt: skip
        try:
            changed = _run(_TELL, self._keys, arguments).decode()
        except RedisError as error:
            logger.warning("a breaker is not counted", extra={"error_type": type(error).__name__})
            return
        if changed:
            logger.warning("a breaker changed", extra={"breaker": self.name, "state": changed})

    @property
    def _keys(self) -> list[str]:
        return [f"breaker:{self.name}", f"breaker:{self.name}:calls", f"breaker:{self.name}:failures"]


def _run(script: str, keys: list[str], arguments: list[Any]) -> Any:
    return get_redis_connection("default").eval(script, len(keys), *keys, *arguments)
