"""The bank's WSGI application under cProfile, for one worker with one thread (`make bench ARGS=--profile`).

Counts the thread's CPU time, so a busy machine and waiting for the database do not blur it; the first
requests, which import and compile, are left out. The worker writes `BENCHMARK_PROFILE` (pstats) when it ends.
"""

import atexit
import cProfile
import itertools
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from bank.wsgi import application as bank

WARM_UP_REQUESTS = 30
_profiler = cProfile.Profile(time.thread_time)
_preloaded_by = os.getpid()
_answered = itertools.count()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the bank does, counting where the time goes."""
    if next(_answered) < WARM_UP_REQUESTS:
        return bank(environ, start_response)
    _profiler.enable()
    try:
        return bank(environ, start_response)
    finally:
        _profiler.disable()


def _write() -> None:
    if os.getpid() == _preloaded_by:  # gunicorn's master, which answers nothing
        return
    _profiler.dump_stats(os.environ["BENCHMARK_PROFILE"])


atexit.register(_write)
