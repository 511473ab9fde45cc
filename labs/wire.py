"""One HTTP request over a new connection, and many of them at the same moment."""

import http.client
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    text: str = ""

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def call(
    port: int,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    *,
    source: str = "127.0.0.1",
    hang_up: bool = False,
) -> Answer:
    """Send a request (bytes as they are, all else as JSON); return the answer, or hang up before it."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=PATIENCE_SECONDS, source_address=(source, 0)
    )
    try:
        connection.request(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
        if hang_up:
            return Answer(0)
        answered = connection.getresponse()
        return Answer(answered.status, answered.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        connection.close()


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all actions in threads that start at the same moment; return what each returned, in their order."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE_SECONDS)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
