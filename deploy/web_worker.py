"""gunicorn's threaded worker for a port that strangers reach: silent and slow clients hold no thread.

As it comes, a silent connection keeps a thread for five seconds, and one that sends half a request keeps it
for ever: as many of those as there are threads, and nobody else is served (Slowloris).
"""

import contextlib
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

FIRST_BYTE_SECONDS = 10
HEAD_SECONDS = 10  # TLS handshake, request line and headers
ANSWER_SECONDS = 60  # body, work and answer
UNREAD_SECONDS = 5
UNREAD_BYTES = 8 * 1024 * 1024  # twice the longest body the bank takes


class GuardedWorker(ThreadWorker):  # type: ignore[misc]
    """Waits for a first byte without a thread, and cuts connections that take too long."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadlines: dict[Any, float] = {}

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection a thread once there is something to read from it."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + FIRST_BYTE_SECONDS
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def handle(self, conn: Any) -> Any:
        """Read a request and answer it, each within its time."""
        self._deadlines[conn] = time.monotonic() + HEAD_SECONDS
        try:
            return super().handle(conn)
        finally:
            self._deadlines.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head has arrived."""
        self._deadlines[conn] = time.monotonic() + ANSWER_SECONDS
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Read to its end a body the bank refused to read; say whether another request may come.

        gunicorn stops after 64 KiB and closes: the answer may be lost with it, and the next request fails,
        for the answer has said keep-alive.
        """
        deadline = time.monotonic() + UNREAD_SECONDS
        is_read = conn.parser.finish_body(deadline=deadline, max_bytes=UNREAD_BYTES)
        return bool(keepalive and is_read)

    def murder_pending(self) -> None:
        """End what waits too long; gunicorn asks for it every second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in list(self._deadlines.items()):
            if deadline < now:
                with contextlib.suppress(OSError):  # ended meanwhile
                    socket.socket.shutdown(conn.sock, socket.SHUT_RDWR)
