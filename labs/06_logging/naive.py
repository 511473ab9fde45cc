"""A sign-in that writes down who came. Somebody outside may ask now and then whether the log is whole."""

import json
import os
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

LOG = "log.txt"


def record(kind, name):
    """Add an entry to the log."""
    with open(LOG, "a", newline="") as log:
        log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S} {kind} {name}\n")


def entries():
    """Return the entries: for each, what happened and to whom."""
    with open(LOG, newline="") as log:
        return [line.split(" ", 2)[1:] for line in log.read().splitlines()]


def head():
    """Return a line that somebody outside keeps; it stands for the log as it is now."""
    return str(len(entries()))


def continues(kept):
    """Return whether the log still holds all that it held when `kept` was its head."""
    return len(entries()) >= int(kept)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        record("ok" if body["password"] == "right" else "failed", body["name"])
        self.answer(200, None)

    def do_GET(self):
        page, _, kept = self.path.partition("?")
        pages = {"/log": entries, "/head": head, "/continues": lambda: continues(unquote(kept))}
        try:
            self.answer(200, pages[page]())
        except (ValueError, LookupError, TypeError):
            self.answer(500, False)

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


if __name__ == "__main__":
    if not os.path.exists(LOG):
        open(LOG, "w").close()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
