"""Real HTTPS servers on loopback that behave as badly as a test asks for."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

Behaviour = Callable[[Any, bytes], None]


class Server:
    """Answers each connection with `behaviour`, after the request's head was read; counts the heads."""

    def __init__(
        self, context: ssl.SSLContext | None, behaviour: Behaviour, address: str = "127.0.0.1", port: int = 0
    ):
        self.behaviour = behaviour
        self.heads: list[bytes] = []
        self.connections = 0
        self._context = context
        self._stopped = threading.Event()
        self._socket = socket.create_server((address, port))
        self._socket.settimeout(0.1)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def url(self, path: str = "/jwks", host: str = "localhost") -> str:
        return f"https://{host}:{self.port}{path}"

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                connected, _ = self._socket.accept()
            except TimeoutError:
                continue
            self.connections += 1
            threading.Thread(target=self._speak, args=(connected,), daemon=True).start()

    def _speak(self, connected: socket.socket) -> None:
        connected.settimeout(10)
        try:
            if self._context is None:
                self.behaviour(connected, b"")
                return
            with self._context.wrap_socket(connected, server_side=True) as line:
                head = _head(line)
                self.heads.append(head)
                self.behaviour(line, head)
        except OSError:
            return
        finally:
            connected.close()


def _head(line: Any) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        part = line.recv(4096)
        if not part:
            break
        head += part
    announced = re.search(rb"(?i)content-length: (\d+)", head)
    before, _, body = head.partition(b"\r\n\r\n")
    while announced and len(body) < int(announced[1]):
        body += line.recv(4096)
    return before + b"\r\n\r\n" + body


def says(
    body: bytes, content_type: str = "application/json", status: str = "200 OK", **headers: str
) -> Behaviour:
    """Answer properly."""

    def behaviour(line: Any, head: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        line.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)

    return behaviour


def drips(before: bytes, seconds: float = 8.0) -> Behaviour:
    """Say the beginning, then one byte ten times a second."""

    def behaviour(line: Any, head: bytes) -> None:
        line.sendall(before)
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            line.sendall(b"x")
            time.sleep(0.1)

    return behaviour


def pours(size: int, *, announced: bool) -> Behaviour:
    """Send far more than anybody asked for, with or without saying so."""

    def behaviour(line: Any, head: bytes) -> None:
        length = f"Content-Length: {size}\r\n" if announced else ""
        line.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n".encode())
        for _ in range(size // 65536):
            line.sendall(b" " * 65536)

    return behaviour
