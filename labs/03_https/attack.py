"""Somebody between the app and the bank answers in the bank's
place, with whatever certificate they can get.
"""

import contextlib
import datetime as dt
import re
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from labs.programs import run

LEAVES_NOTHING = True
BALANCE = "12.50"
ANSWER = f"HTTP/1.1 200 OK\r\nContent-Length: {len(BALANCE)}\r\nConnection: close\r\n\r\n{BALANCE}".encode()
TLS_HANDSHAKE = b"\x16"


class Listener:
    """A server on loopback: with a certificate, or speaking plain HTTP. `heard` is all that reached it."""

    def __init__(self, certificate: trustme.LeafCert | None) -> None:
        self.heard = b""
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(self._context)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.settimeout(5)
            with contextlib.suppress(OSError), connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) != TLS_HANDSHAKE:
            self._read(connection)
        elif self._context is not None:
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self._read(secured)

    def _read(self, connection: socket.socket) -> None:
        request = b""
        while not is_whole(request) and (more := connection.recv(65536)):
            request += more
            self.heard += more
        connection.sendall(ANSWER)


def is_whole(request: bytes) -> bool:
    """Return whether a request has come to its end: head, and a body as long as the head says."""
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return b"\r\n\r\n" in request and len(body) >= (int(length[1]) if length else 0)


class Door:
    """An app, and the authority whose certificates it is told to believe."""

    secret = "the-token-that-opens-the-account"

    def __init__(self, file: Path, folder: Path, authority: trustme.CA | None = None) -> None:
        self._file, self._folder = file, folder
        self.authority = authority or trustme.CA()
        self.authority.cert_pem.write_to_path(str(folder / "ca.pem"))

    def ask(self, port: int) -> str:
        """Let the app ask the bank it believes to be on this port; return what it shows."""
        return run(self._file, str(port), str(self._folder / "ca.pem"), folder=self._folder).stdout


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Prepare a folder for the app."""
    with tempfile.TemporaryDirectory() as folder:
        yield Door(file, Path(folder))


@contextmanager
def listening(certificate: trustme.LeafCert | None) -> Iterator[Listener]:
    """Listen for a while."""
    listener = Listener(certificate)
    try:
        yield listener
    finally:
        listener.close()


def attack(door: Door) -> list[str]:
    """Return who was told the token."""
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    impostors = {
        "a certificate of an authority nobody knows": trustme.CA().issue_cert("localhost"),
        "a right certificate for another name": door.authority.issue_cert("evil.example"),
        "a certificate that ended yesterday": door.authority.issue_cert("localhost", not_after=yesterday),
        "no certificate, who would not speak TLS": None,
    }
    return [
        f"somebody with {words} was sent the token" for words, shown in impostors.items() if told(door, shown)
    ]


def told(door: Door, certificate: trustme.LeafCert | None) -> bool:
    """Return whether the app sends its secret to whoever shows this certificate."""
    with listening(certificate) as impostor:
        door.ask(impostor.port)
        return door.secret.encode() in impostor.heard


def honest(door: Door) -> list[str]:
    """Return whether the app does not reach the bank itself."""
    with listening(door.authority.issue_cert("localhost")) as bank:
        return (
            [] if BALANCE in door.ask(bank.port) else ["the app does not show the balance the bank answers"]
        )
