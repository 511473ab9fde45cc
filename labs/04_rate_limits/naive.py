"""A sign-in with a one-time code and a limit on tries. Four processes, as behind any web server."""

import json
import os
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MOST_TRIES = 5
PROCESSES = 4
CODES = {name: f"{secrets.randbelow(10**6):06}" for name in ("alice", "bob")}
tries = {}


def sign_in(name, code, headers):
    """Return the HTTP status: in (200), wrong (401), or too many tries (429)."""
    if tries.get(name, 0) >= MOST_TRIES:
        return 429
    if is_right(name, code):
        return 200
    tries[name] = tries.get(name, 0) + 1
    return 401


def is_right(name, code):
    """Compare a code; keeping secrets costs time, here a fifth of a second."""
    time.sleep(0.2)
    return secrets.compare_digest(CODES.get(name, ""), code)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(sign_in(str(body["name"]), str(body["code"]), self.headers))
        self.end_headers()


class Server(ThreadingHTTPServer):
    allow_reuse_port = True  # each process listens, and the kernel shares the callers out
    request_queue_size = 64


def phone(name):
    """Each person reads the code on a phone of their own: here, in a file."""
    with open(f"phone-of-{name}.txt", "w") as screen:
        screen.write(CODES[name])


if __name__ == "__main__":
    for name in CODES:
        phone(name)
    for _ in range(PROCESSES - 1):
        if os.fork() == 0:
            break
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
