"""Seals all that waits and prints how many events in how many seconds: `python -m benchmarks.seal`."""

import json
import time


def main() -> None:
    """Seal batch after batch, as the worker's task does."""
    import django

    django.setup()
    from django.db import connections

    from audit.sealing import BATCH, seal_once
    from bank.memory import keep_what_was_read

    keep_what_was_read()  # as the worker does
    connections["sealer"].ensure_connection()
    events, began, count = 0, time.perf_counter(), BATCH
    while count:
        count = seal_once().count
        events += count
    print(json.dumps({"events": events, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
