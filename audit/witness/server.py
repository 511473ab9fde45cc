"""The witness over HTTP, from the standard library alone: loopback, small requests, short patience.

POST /add-checkpoint      C2SP tlog-witness
GET  /key                 the witness's own verifier key
GET  /newest/<origin>     the newest head it cosigned for a log (percent-encoded); C2SP leaves this open yet
"""

import logging
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from audit.notes import VerifierKey
from audit.witness.protocol import Answer, Witness

LARGEST_BODY = 64 * 1024
PATIENCE_SECONDS = 10

logger = logging.getLogger("audit.witness")


class WitnessServer(ThreadingHTTPServer):
    """Answers for one witness."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness, key: VerifierKey) -> None:
        super().__init__(address, Handler)
        self.witness, self.key = witness, key

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note that a caller broke off; their words are not kept."""
        logger.warning("a request was not answered: %s", type(sys.exc_info()[1]).__name__)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "harbour-witness", ""
    timeout = PATIENCE_SECONDS

    def do_POST(self) -> None:
        """Take a checkpoint."""
        if self.path != "/add-checkpoint":
            return self._answer(Answer(HTTPStatus.NOT_FOUND, "no such place\n"))
        body = self._body()
        if body is None:
            return self._answer(Answer(HTTPStatus.BAD_REQUEST, "a body of at most 64 KiB of UTF-8\n"))
        return self._answer(self.server.witness.add_checkpoint(body))

    def do_GET(self) -> None:
        """Show the key, or what is remembered of a log."""
        if self.path == "/key":
            return self._answer(Answer(HTTPStatus.OK, f"{self.server.key}\n"))
        if self.path.startswith("/newest/"):
            origin = unquote(self.path.removeprefix("/newest/"))
            return self._answer(self.server.witness.newest(origin))
        return self._answer(Answer(HTTPStatus.NOT_FOUND, "no such place\n"))

    def _body(self) -> str | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > LARGEST_BODY:
            self.close_connection = True
            return None
        try:
            return self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            return None

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep no log of each request."""
