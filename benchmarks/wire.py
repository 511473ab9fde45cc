"""The cheapest HTTP/1.1 client that is still a real one: ready-made bytes over kept-alive TLS, one thread.

The generator shares the machine with what it measures, so nothing is built or parsed while the clock runs
beyond the status line and the length.
"""

import re
import selectors
import socket
import ssl
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED_END = b"\r\n0\r\n\r\n"
_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens and whose certificate it shows."""

    host: str
    port: int
    ca_file: str

    @property
    def authority(self) -> str:
        """Host and port, as the Host header says them."""
        return f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"https://{self.authority}"


@dataclass(slots=True)
class Outcome:
    """What a load came to. `seconds` is wall time; `latencies` are seconds of the answers counted."""

    seconds: float = 0.0
    answered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    unexpected: str = ""
    ran_out: bool = False
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers of the expected kind per second."""
        return self.answered / self.seconds if self.seconds else 0.0


def build(
    method: str, path: str, host: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """Return a request as the bytes that go over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def connect(address: Address) -> ssl.SSLSocket:
    """Return an open TLS connection that verified the server's certificate."""
    context = ssl.create_default_context(cafile=address.ca_file)
    plain = socket.create_connection((address.host, address.port), timeout=_PATIENCE_SECONDS)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=address.host)


def ask(address: Address, request: bytes) -> tuple[int, bytes]:
    """Send one request on a connection of its own; return the status and the body."""
    with connect(address) as sock:
        sock.sendall(request)
        answer = b""
        while not is_complete(answer):
            chunk = sock.recv(65536)
            if not chunk:
                break
            answer += chunk
    return status_of(answer), body_of(answer)


def body_of(answer: bytes) -> bytes:
    """Return the body of a whole answer, put together again where it came in chunks (RFC 9112, 7.1)."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"\r\ntransfer-encoding: chunked" not in head.lower():
        return rest
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body, rest = body + rest[:length], rest[length + 2 :] if length else b""
    return body


def is_complete(answer: bytes) -> bool:
    """Say whether a whole answer has arrived."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(answer, 0, end + 2)
    if length:
        return len(answer) >= end + 4 + int(length[1])
    return answer.endswith(_CHUNKED_END) or status_of(answer) in (204, 304)


def status_of(answer: bytes) -> int:
    """Return the status code; 0 when there was no answer."""
    return int(answer[9:12]) if len(answer) >= 12 else 0


class _Lane:
    """One kept-alive connection with at most one request under way."""

    __slots__ = ("answer", "sent_at", "sock")

    def __init__(self, address: Address) -> None:
        self.sock = connect(address)
        self._introduce(address)
        self.sock.setblocking(False)
        self.answer = b""
        self.sent_at = 0.0

    def _introduce(self, address: Address) -> None:
        """Ask something cheap first: a threaded server gives a fresh silent connection a thread to itself."""
        self.sock.sendall(build("GET", "/livez", address.authority))
        self.answer = b""
        while not is_complete(self.answer):
            chunk = self.sock.recv(65536)
            if not chunk:
                raise ConnectionError("the server does not keep connections alive")
            self.answer += chunk

    def send(self, request: bytes) -> None:
        """Send without waiting: a request of a few kilobytes always fits the socket's buffer."""
        self.answer = b""
        self.sent_at = time.perf_counter()
        self.sock.sendall(request)

    def receive(self) -> bool:
        """Take what has come; return whether the answer is whole. Raises ConnectionError when closed."""
        while True:
            try:
                chunk = self.sock.recv(65536)
            except ssl.SSLWantReadError:
                return False
            if not chunk:
                raise ConnectionError("the server closed a kept-alive connection")
            self.answer += chunk
            if is_complete(self.answer):
                return True


def drive(
    address: Address, requests: Sequence[bytes], *, connections: int, seconds: float, expect: int
) -> Outcome:
    """Send requests over `connections` at once until `seconds` are over or none is left."""
    lanes = [_Lane(address) for _ in range(connections)]
    outcome = Outcome()
    with selectors.EpollSelector() as selector:
        for lane in lanes:
            selector.register(lane.sock, selectors.EVENT_READ, lane)
        _run(selector, lanes, iter(requests), outcome, seconds, expect)
    for lane in lanes:
        lane.sock.close()
    return outcome


def _run(
    selector: selectors.EpollSelector,
    lanes: list[_Lane],
    requests: Iterator[bytes],
    outcome: Outcome,
    seconds: float,
    expect: int,
) -> None:
    cpu_before, began = time.process_time(), time.perf_counter()
    deadline = began + seconds
    under_way = sum(_send_next(lane, requests, outcome) for lane in lanes)
    while under_way:
        events = selector.select(timeout=_PATIENCE_SECONDS)
        if not events:
            raise TimeoutError(f"no answer for {_PATIENCE_SECONDS} s")
        for lane in [key.data for key, _ in events if key.data.receive()]:
            now = time.perf_counter()
            under_way -= 1
            if now <= deadline:
                _count(lane, now, outcome, expect)
                outcome.seconds = now - began
                under_way += _send_next(lane, requests, outcome)
    outcome.cpu_seconds = time.process_time() - cpu_before
    if not outcome.ran_out:
        outcome.seconds = seconds


def _send_next(lane: _Lane, requests: Iterator[bytes], outcome: Outcome) -> int:
    request = next(requests, None)
    if request is None:
        outcome.ran_out = True
        return 0
    lane.send(request)
    return 1


def _count(lane: _Lane, now: float, outcome: Outcome, expect: int) -> None:
    status = status_of(lane.answer)
    outcome.statuses[status] += 1
    if status == expect:
        outcome.answered += 1
        outcome.latencies.append(now - lane.sent_at)
    elif not outcome.unexpected:
        outcome.unexpected = lane.answer[:2000].decode(errors="replace")
