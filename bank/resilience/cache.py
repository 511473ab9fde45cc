"""The short way to the cache for what every request asks of it: each thread keeps one connection.

The client takes a connection from its pool, looks after it and puts it back for every command; that costs
three times what sending the command does. What is seldom asked goes by the client as ever.
"""

import os
import threading
from typing import Any

from django_redis import get_redis_connection
from redis.exceptions import RedisError, ResponseError

_thread = threading.local()


def ask(*command: str | int) -> Any:
    """Send one command and return its answer as it came; raises RedisError while the cache is away."""
    connection = _kept()
    try:
        connection.send_command(*command)
        return connection.read_response()
    except ResponseError:  # an answer, too
        raise
    except BaseException:  # whatever comes next must not read this command's answer
        _give_back()
        raise


def _kept() -> Any:
    """Return this thread's connection, to be made anew by its first command if it is broken."""
    pool = get_redis_connection("default").connection_pool
    connection: Any
    process, of, connection = getattr(_thread, "kept", (0, None, None))
    if process != os.getpid() or of is not pool:
        connection = pool.get_connection()
        _thread.kept = os.getpid(), pool, connection
    elif _is_broken(connection):
        connection.disconnect()
    return connection


def _give_back() -> None:
    _, pool, connection = _thread.kept
    del _thread.kept
    connection.disconnect()
    pool.release(connection)


def _is_broken(connection: Any) -> bool:
    """Return whether the server ended the connection, or has said something nobody asked for."""
    try:
        return bool(connection.can_read())
    except (RedisError, OSError):
        return True
