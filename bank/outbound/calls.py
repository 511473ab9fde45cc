"""One call to somebody else's server: to the address that was checked, once, within a size and a time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from bank.outbound import destinations, tls
from bank.outbound.connection import Line, PinnedConnection
from bank.outbound.destinations import Destination
from bank.outbound.failures import CallFailed

OK = 200
_CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may cost: seconds from the first look-up to the last byte, and bytes of the answer."""

    seconds: float = 3.0
    answer_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said, whole and within the limits."""

    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes


USUAL = Limits()


def call(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    limits: Limits = USUAL,
) -> Answer:
    """Send one request and return the answer, any status but a redirect; raises CallRefused, CallFailed.

    Never inside a transaction: it can take `limits.seconds`. No redirect is followed, no proxy is asked, no
    cookie is kept, nothing is sent twice.
    """
    ends_at = time.monotonic() + limits.seconds
    destination = destinations.find(url, within_seconds=limits.seconds)
    sent = {"Accept-Encoding": "identity", "User-Agent": "HarbourBank/1", **(headers or {})}
    with Line(destination.addresses, ends_at) as line:
        try:
            return _talk(line, destination, method, body, sent, limits)
        except (HTTPError, OSError, ValueError) as error:
            why = "did not answer in time" if line.was_cut else "could not be reached, or answered no HTTP"
            raise CallFailed(f"The other side {why}.") from error


def get_document(url: str, *, accepts: tuple[str, ...], limits: Limits = USUAL) -> bytes:
    """Return a document: status 200, one of these content types; raises CallRefused, CallFailed."""
    answer = call("GET", url, headers={"Accept": ", ".join(accepts)}, limits=limits)
    if answer.status != OK:
        raise CallFailed("The other side did not answer 200.")
    if answer.content_type not in accepts:
        raise CallFailed(f"The answer must be of the type {' or '.join(accepts)}.")
    return answer.body


def _talk(
    line: Line, to: Destination, method: str, body: bytes, headers: Mapping[str, str], limits: Limits
) -> Answer:
    pool = HTTPSConnectionPool(to.host, to.port, maxsize=1, ssl_context=tls.context())
    pool.ConnectionCls = PinnedConnection.over(line)
    try:
        response = pool.urlopen(
            method,
            to.target,
            body=body or None,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=Timeout(total=max(0.001, line.seconds_left)),
            preload_content=False,
            decode_content=False,
        )
        return _answer(response, limits, line)
    finally:
        pool.close()


def _answer(response: BaseHTTPResponse, limits: Limits, line: Line) -> Answer:
    if 300 <= response.status < 400:
        raise CallFailed("The other side redirects; the bank follows nowhere.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise CallFailed("The answer must not be compressed.")
    body = _body(response, limits.answer_bytes)
    if line.was_cut or line.seconds_left <= 0:
        raise CallFailed("The other side did not answer in time.")
    said = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(response.status, said, dict(response.headers), body)


def _body(response: BaseHTTPResponse, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.stream(_CHUNK, decode_content=False):
        size += len(part)
        if size > most:
            response.close()
            raise CallFailed("The answer is too long.")
        parts.append(part)
    return b"".join(parts)
