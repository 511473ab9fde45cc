"""The rail over HTTP, from the standard library: signed messages for its member, a control door on loopback.

POST /messages           any message of messages.py, signed; the answer is signed, too
GET  /book?on=…&after=…  the book of a day, signed
     /control/…          control.py
GET  /livez
"""

import contextlib
import json
import logging
import socket
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from railsim import control, messages, signatures
from railsim.messages import Unreadable
from railsim.rail import Answer, Rail
from railsim.signatures import Key, NotSigned, Request

LARGEST_BODY = 64 * 1024
PATIENCE_SECONDS = 10

logger = logging.getLogger("railsim")


class RailServer(ThreadingHTTPServer):
    """Answers for one rail."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], rail: Rail, key: Key, member_keys: Path) -> None:
        super().__init__(address, Handler)
        self.rail, self.key, self.member_keys = rail, key, member_keys

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note that a caller broke off; their words are not kept."""
        logger.warning("a request was not answered: %s", type(sys.exc_info()[1]).__name__)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: RailServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "rail", ""
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        """Tell the book, or answer the control door."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/livez":
            return self._send(HTTPStatus.OK, {"status": "ok"})
        if path.startswith("/control/"):
            return self._control()
        signature = self._signature(b"")
        if path != "/book" or signature is None:
            return self._send(HTTPStatus.NOT_FOUND if signature else HTTPStatus.UNAUTHORIZED, {})
        fault = self._fault("book", "down", "slow", "cut")
        if fault == "cut":
            return self._hang_up()
        if fault == "down":
            return self._send(HTTPStatus.SERVICE_UNAVAILABLE, {})
        day, after = query.get("on", [""])[0], query.get("after", ["0"])[0]
        said = self.server.rail.tell_book(day, int(after) if after.isdecimal() else 0)
        return self._send(HTTPStatus.OK, said, signature=signature)

    def do_POST(self) -> None:
        """Take a message, or answer the control door."""
        if self.path.startswith("/control/"):
            return self._control()
        body = self._body()
        signature = self._signature(body)
        if signature is None or self.path != "/messages":
            return self._send(HTTPStatus.UNAUTHORIZED, {})
        try:
            kind, content = messages.read(json.loads(body))
            return self._answer(messages.KINDS[kind], kind, content, signature)
        except (Unreadable, ValueError) as error:
            return self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)}, signature=signature)

    def do_DELETE(self) -> None:
        """Answer the control door."""
        return self._control()

    def _answer(self, name: str, kind: str, content: messages.Message, signature: str) -> None:
        before = self._fault(name, "cut", "down", "slow")
        if before == "cut":
            return self._hang_up()
        if before == "down":
            return self._send(HTTPStatus.SERVICE_UNAVAILABLE, {})
        answer = self.server.rail.hear(kind, content)
        if answer.hang_up or self._fault(name, "drop") == "drop":
            return self._hang_up()
        self._fault(name, "late")
        return self._say(answer, signature)

    def _say(self, answer: Answer, signature: str) -> None:
        if answer.wait_seconds:
            time.sleep(answer.wait_seconds)
        self._send(answer.status, answer.message, signature=signature)

    def _fault(self, message: str, *names: str) -> str:
        """Return the fault told for this message, after its wait; empty when all is well."""
        with self.server.rail.book.alone() as page:
            found = page.take_fault(*names, message=message)
        if found is None:
            return ""
        if found["seconds"]:
            time.sleep(found["seconds"])
        return str(found["name"])

    def _control(self) -> None:
        is_near = ip_address(self.client_address[0]).is_loopback
        if not is_near or self.headers.get_content_type() != "application/json":
            return self._send(HTTPStatus.FORBIDDEN, {"error": "from this machine, as application/json"})
        try:
            told = json.loads(self._body() or b"{}")
            if not isinstance(told, dict):
                raise Unreadable("an object, please")
            status, said = control.answer(self.server.rail.book, self.command, self.path, told)
        except (Unreadable, ValueError) as error:
            return self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        return self._send(status, said)

    def _signature(self, body: bytes) -> str | None:
        url = urlsplit(self.path)
        host = self.headers.get("Host", "").lower()
        request = Request(self.command, host, url.path, url.query, body)
        try:
            return signatures.check(request, self.headers, self.server.member_keys)
        except NotSigned as refused:
            logger.warning("refused: %s", refused)
            return None

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > LARGEST_BODY:
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    def _send(self, status: HTTPStatus, said: messages.Message, *, signature: str = "") -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if signature:
            signed = self.server.key.sign_answer(status, body, to_signature=signature)
            for name, value in signed.items():
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        """Cut the connection so that the caller notices."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep no log of each request."""
