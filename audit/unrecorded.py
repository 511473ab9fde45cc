"""How often something could not be recorded: counted outside the database, which is what failed."""

import logging
import time

from django_redis import get_redis_connection
from redis.exceptions import RedisError

logger = logging.getLogger("audit.unrecorded")

_HOUR = 3600


def note() -> None:
    """Count one event that could not be recorded; what it was for has been undone or refused."""
    logger.critical("an event could not be recorded")
    name = _names()[0]
    try:
        cache = get_redis_connection("default")
        cache.incr(name)
        cache.expire(name, 3 * _HOUR)
    except RedisError:
        logger.critical("nor could that be counted")


def count() -> int:
    """Return how many could not be recorded in this hour and the last; raises RedisError."""
    return sum(int(found or 0) for found in get_redis_connection("default").mget(_names()))


def hours() -> list[str]:
    """Return which of these two hours (since 1970) had any; raises RedisError."""
    names = _names()
    found = get_redis_connection("default").mget(names)
    return [name.rpartition(":")[2] for name, counted in zip(names, found, strict=True) if counted]


def _names() -> list[str]:
    hour = int(time.time()) // _HOUR
    return [f"audit:unrecorded:{hour}", f"audit:unrecorded:{hour - 1}"]
