"""Here the tables are turned: banks with a guard taken out, and the audit has to notice each of them."""

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from labs.programs import free_port, run

LEAVES_NOTHING = True
MOST_TRIES = 5
SOUND = ""
MISSING = {
    "signed_in": "strangers see accounts",
    "owner": "everybody sees every account",
    "positive": "less than nothing can be paid",
    "tries": "codes can be guessed without end",
    "service": "every request is answered 503, so that nothing was tried at all",
    "everything": "nobody listens",
}


class Bank(BaseHTTPRequestHandler):
    """A bank of three doors; `missing` is the guard that was taken out."""

    missing = SOUND

    def do_GET(self) -> None:
        """Answer who is alive, and whose account it is."""
        user, owner = self.headers["X-User"], self.path.rpartition("/")[2]
        if self.path == "/livez":
            self._say(200)
        elif not user and self.missing != "signed_in":
            self._say(401)
        else:
            self._say(200 if owner == "alice" and (user == owner or self._lacks_owner(user)) else 404)

    def do_POST(self) -> None:
        """Take a payment, or a code."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        self._say(self._payment(body) if self.path == "/payments" else self._sign_in(body))

    def _lacks_owner(self, user: str | None) -> bool:
        return self.missing == "owner" or (self.missing == "signed_in" and not user)

    def _payment(self, body: dict[str, str]) -> int:
        if not self.headers["X-User"]:
            return 401
        return 201 if self.missing == "positive" or float(body["amount"]) > 0 else 400

    def _sign_in(self, body: dict[str, str]) -> int:
        tries: dict[str, int] = self.server.tries  # type: ignore[attr-defined]
        tries[body["name"]] = tries.get(body["name"], 0) + 1
        if tries[body["name"]] > MOST_TRIES and self.missing != "tries":
            return 429
        return 200 if body["code"] == "424242" else 401

    def _say(self, status: int) -> None:
        out_of_service = self.missing == "service" and self.path != "/livez"
        self.send_response(503 if out_of_service else status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


@contextmanager
def bank(missing: str) -> Iterator[int]:
    """Run a bank on loopback, or none at all; its port."""
    if missing == "everything":
        yield free_port()
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Build", (Bank,), {"missing": missing}))
    server.tries = {}  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Door:
    """An audit."""

    builds = MISSING

    def __init__(self, file: Path, folder: Path) -> None:
        self._file, self._folder = file, folder

    def is_content(self, missing: str) -> bool:
        """Return whether the audit has nothing to say against this bank."""
        with bank(missing) as port:
            return run(self._file, str(port), folder=self._folder).returncode == 0


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Prepare a folder for the audit."""
    with tempfile.TemporaryDirectory() as folder:
        yield Door(file, Path(folder))


def attack(door: Door) -> list[str]:
    """Return which broken bank passed."""
    return [
        f"a bank passed the audit where {words}"
        for missing, words in door.builds.items()
        if door.is_content(missing)
    ]


def honest(door: Door) -> list[str]:
    """Return whether the audit cries over a bank that is sound."""
    return [] if door.is_content(SOUND) else ["a sound bank does not pass the audit"]
