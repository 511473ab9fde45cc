"""A connection to the addresses that were checked and no other, cut when its time is over.

urllib3 would look the name up again, and between two look-ups a name can change its mind (DNS rebinding). Its
time limits hold for each read: a server that sends a byte now and then would keep a thread for ever.
"""

import contextlib
import socket
import time
from threading import Timer
from types import TracebackType
from typing import Any, Self

from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError


class Line:
    """The one socket of a call. At `ends_at` (monotonic seconds) it is shut, whatever is being said."""

    def __init__(self, addresses: tuple[str, ...], ends_at: float) -> None:
        self._addresses = addresses
        self._ends_at = ends_at
        self._held: socket.socket | None = None
        self._timer = Timer(max(0.0, self.seconds_left), self._cut)
        self._timer.daemon = True
        self.was_cut = False

    @property
    def seconds_left(self) -> float:
        """How long the call may still take."""
        return self._ends_at - time.monotonic()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._held is not None:
            self._held.close()

    def connect(self, port: int) -> socket.socket:
        """Return a socket to the first checked address that answers; raises OSError."""
        problem: OSError = TimeoutError("no time left")
        for address in self._addresses:
            if self.seconds_left <= 0:
                break
            try:
                return self._hold(socket.create_connection((address, port), timeout=self.seconds_left))
            except OSError as error:
                problem = error
        raise problem

    def _hold(self, connected: socket.socket) -> socket.socket:
        """Keep a second handle: wrapping a socket in TLS takes the first one away."""
        self._held = connected.dup()
        if self.was_cut:
            self._cut()
        return connected

    def _cut(self) -> None:
        self.was_cut = True
        if self._held is not None:
            with contextlib.suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)


class PinnedConnection(HTTPSConnection):
    """urllib3's connection by name (Host, SNI, certificate), over a line that knows its addresses."""

    line: Line

    @classmethod
    def over(cls, line: Line) -> type["PinnedConnection"]:
        """Return the class of connections over this line."""
        return type("PinnedConnection", (cls,), {"line": line})

    def _new_conn(self) -> socket.socket:
        try:
            return self.line.connect(self.port or 443)
        except OSError as error:
            raise NewConnectionError(self, "the checked addresses do not answer") from error

    def set_tunnel(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: a proxy would look the name up by itself."""
        raise ValueError("calls to the outside go through no proxy")
