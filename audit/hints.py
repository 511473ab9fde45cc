"""The hint to the sealer: "something is waiting". It carries nothing, and nothing depends on its arrival.

A request only sets a flag. One thread per process sends the hint, so a slow or dead broker costs no request
anything; while the broker is down the thread backs off, and beat's poll every second seals in its place.
All processes together send one hint in `MOST_OFTEN_SECONDS`: a hint is for everything that waits, whoever
sends it, and what a round of sealing, following and telling costs is much the same for one event or fifty.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from django_redis import get_redis_connection
from redis.exceptions import RedisError

logger = logging.getLogger("audit.hints")

MOST_OFTEN_SECONDS = 0.4
LONGEST_PAUSE_SECONDS = 30.0
_TURN = "audit:hinted"  # in the cache for as long as nobody is to hint again


def seconds_until_turn() -> float:
    """Take the turn to hint and return 0.0; or return how long another's turn lasts.

    While the cache is away, every process hints on its own.
    """
    milliseconds = round(MOST_OFTEN_SECONDS * 1000)
    try:
        cache = get_redis_connection("default")
        if cache.set(_TURN, 1, nx=True, px=milliseconds):
            return 0.0
        return max(1, int(cache.pttl(_TURN))) / 1000
    except RedisError:
        return 0.0


class Hinter:
    """Sends at most one hint per pause, from its own thread, for as long as somebody asks."""

    def __init__(self, send: Callable[[], None], turn: Callable[[], float] = lambda: 0.0) -> None:
        self._send = send
        self._turn = turn
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._pid: int | None = None

    def ask(self) -> None:
        """Ask for a hint; returns at once and never raises for the broker's sake."""
        if self._pid != os.getpid():
            self._start()
        self._wanted.set()

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():  # a fork takes the flag along, but not the thread
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="audit-hints", daemon=True).start()

    def _run(self) -> None:
        pause = MOST_OFTEN_SECONDS
        while True:
            self._wanted.wait()
            while left := self._turn():
                time.sleep(left)
            self._wanted.clear()
            pause = MOST_OFTEN_SECONDS if self._sent() else min(pause * 2, LONGEST_PAUSE_SECONDS)
            time.sleep(pause)

    def _sent(self) -> bool:
        try:
            self._send()
        except Exception as error:  # noqa: BLE001 - whatever it is, the event is safe in the outbox
            logger.warning("a hint to seal was not sent", extra={"error_type": type(error).__name__})
            return False
        return True


def _send_to_celery() -> None:
    from audit.tasks import seal

    seal.apply_async(retry=False, expires=10)


_hinter = Hinter(_send_to_celery, seconds_until_turn)


def ask_for_sealing() -> None:
    """Hint that an event is waiting to be sealed."""
    _hinter.ask()
