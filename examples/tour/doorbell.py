"""A small HTTPS server of an outside app: it hears a bank ring, and checks who it was."""

import queue
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

Ring = tuple[dict[str, str], str]


class Doorbell:
    """Listens on loopback as long as the story goes, with a certificate the local bank believes."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._rings: queue.Queue[Ring] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where to ring."""
        return f"https://localhost:{self._server.server_port}/hook"

    def next_ring(self, within_seconds: float = 20) -> Ring:
        """Return the headers and body of the next message; raises queue.Empty when nobody rings."""
        return self._rings.get(timeout=within_seconds)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        rings = self._rings

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                rings.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """The story speaks, not the server."""

        return Listener


def is_from(secret: str, ring: Ring) -> bool:
    """Return whether a message was signed with this secret, by an implementation that is not the bank's."""
    headers, body = ring
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True
