"""Records events and says how long each took: `python -m tests.audit.recorder COUNT PAUSE_MS`."""

import json
import sys
import time

import django

django.setup()

from tests.audit.conftest import record_one  # noqa: E402 - Django first


def main(count: int, pause_ms: int) -> None:
    """Record events one by one, each in a transaction of its own."""
    for _ in range(count):
        began = time.perf_counter()
        event_id = record_one(personal={"name": "Alice Smith"})
        taken_ms = (time.perf_counter() - began) * 1000
        sys.stdout.write(json.dumps({"id": str(event_id), "ms": taken_ms}) + "\n")
        sys.stdout.flush()
        time.sleep(pause_ms / 1000)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
