"""The short way to the cache for what every request asks of it: each thread keeps one connection.

The client takes a connection from its pool, looks after it and puts it back for every command; that costs
three times what sending the command does. What is seldom asked goes by the client as ever.
"""

import os
import threading
import weakref
from typing import Any

from django_redis import get_redis_connection
from redis.exceptions import RedisError, ResponseError

_thread = threading.local()


class Kept:
    """A connection out of the pool. It goes back when nothing holds it any more, so with its thread."""

    def __init__(self, pool: Any) -> None:
        self.process, self.pool, self.connection = os.getpid(), pool, pool.get_connection()
        weakref.finalize(self, _give_back, self.process, pool, self.connection).atexit = False


def ask(*command: str | int) -> Any:
    """Send one command and return its answer as it came; raises RedisError while the cache is away."""
    connection = _kept()
    try:
        connection.send_command(*command)
        return connection.read_response()
    except ResponseError:  # an answer, too
        raise
    except BaseException:  # whatever comes next must not read this command's answer
        del _thread.kept
        raise


def _kept() -> Any:
    """Return this thread's connection, to be made anew by its first command if it is broken."""
    pool = get_redis_connection("default").connection_pool
    kept: Kept | None = getattr(_thread, "kept", None)
    if kept is None or kept.process != os.getpid() or kept.pool is not pool:
        kept = _thread.kept = Kept(pool)
    elif _is_broken(kept.connection):
        kept.connection.disconnect()
    return kept.connection


def _give_back(process: int, pool: Any, connection: Any) -> None:
    if process == os.getpid():  # of a process that forked, it is still the parent's
        connection.disconnect()
        pool.release(connection)


def _is_broken(connection: Any) -> bool:
    """Return whether the server ended the connection, or has said something nobody asked for."""
    try:
        return bool(connection.can_read())
    except (RedisError, OSError):
        return True
