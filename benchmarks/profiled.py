"""The bank's WSGI application under cProfile, for one worker with one thread (`make bench ARGS=--profile`).

The worker writes `BENCHMARK_PROFILE` (pstats) when it ends.
"""

import atexit
import cProfile
import os
from collections.abc import Callable, Iterable
from typing import Any

from bank.wsgi import application as bank

_profiler = cProfile.Profile()
_preloaded_by = os.getpid()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the bank does, counting where the time goes."""
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
