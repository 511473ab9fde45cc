"""Judges what is sealed, or only reads it: `python -m benchmarks.judge judge | read NUMBER`; prints JSON.

`read` goes over the newest NUMBER leaves as the judge asks for them, and does nothing with them.
"""

import json
import sys
import time
from collections.abc import Callable


def main() -> None:
    """Do what the command line says; print how many events in how many seconds."""
    import django

    django.setup()
    from django.db import connections

    from bank.memory import keep_what_was_read

    keep_what_was_read()  # as the worker does
    for alias in ("default", "reader"):
        connections[alias].ensure_connection()
    doing: dict[str, Callable[[], int]] = {"judge": _judge, "read": lambda: _read(int(sys.argv[2]))}
    began = time.perf_counter()
    events = doing[sys.argv[1]]()
    print(json.dumps({"events": events, "seconds": time.perf_counter() - began}))


def _judge() -> int:
    from watch.operations.judging import judge_new_events

    events = 0
    while count := judge_new_events():
        events += count
    return events


def _read(number: int) -> int:
    from audit import history
    from watch.operations.judging import BATCH

    end = history.size()
    for start in range(end - number, end, BATCH):
        history.leaves_from(start, BATCH)
    return number


if __name__ == "__main__":
    main()
