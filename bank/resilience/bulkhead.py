"""A bulkhead: at most so many calls to one outside system at once, over all processes.

Somebody else's slowness then holds so many workers and no more. A place whose process died is free again
after its lease.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import uuid4

from django_redis import get_redis_connection
from redis.exceptions import RedisError

# KEYS: the places; ARGV: how many, seconds of the lease, whose. Returns whether there was one.
_TAKE = """
local t = redis.call('TIME') local now = t[1] + t[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], 3600)
return 1
"""


class BulkheadFull(Exception):
    """Nothing was called: as many calls as may be are under way."""


@dataclass(frozen=True, slots=True)
class Bulkhead:
    """The places for calls to one system."""

    name: str
    places: int
    lease_seconds: float

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises BulkheadFull. While the cache is away there is one for everybody."""
        key, holder = f"bulkhead:{self.name}", uuid4().hex
        try:
            taken = get_redis_connection("default").eval(
                _TAKE, 1, key, self.places, self.lease_seconds, holder
            )
        except RedisError:
            taken = 1
        if not taken:
            raise BulkheadFull(self.name)
        try:
            yield
        finally:
            with suppress(RedisError):
                get_redis_connection("default").zrem(key, holder)
