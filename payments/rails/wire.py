"""One call to the rail over HTTP: two time limits, a bounded answer, and how sure the bank is afterwards."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from oauth.protocol.http_signatures import Message, SignatureRefused
from payments.rails import signing

LARGEST_ANSWER = 1024 * 1024
_CHUNK = 16 * 1024
# What a signed answer may be; anything else is no word of the rail's.
_SPOKEN = frozenset({200, 400, 404, 409})


class RailSilent(Exception):
    """The rail gave nothing that can be believed."""


class NotSent(RailSilent):
    """Nothing reached the rail: there was no connection."""


class NoAnswer(RailSilent):
    """The rail may have done it: no answer came, or none that it signed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rail said, signed, to this very request."""

    status: int
    document: dict[str, Any]


def exchange(method: str, target: str, document: dict[str, Any] | None = None) -> Answer:
    """Send one message and return the answer; raises NotSent, NoAnswer. Never inside a transaction."""
    body = json.dumps(document).encode() if document else b""
    url = f"{settings.RAIL_URL.rstrip('/')}{target}"
    signed = signing.headers_for(method, url, body)
    sent = {"Content-Type": "application/json", "Connection": "close", **signed}
    status, headers, said = _send(method, url, body, sent)
    request = Message(method, url, fields={name.lower(): value for name, value in sent.items()})
    try:
        if status not in _SPOKEN:
            raise SignatureRefused(f"status {status}")
        signing.check_answer(status, headers, said, to=request)
        answered = json.loads(said)
    except (SignatureRefused, ValueError) as error:
        raise NoAnswer(f"not the rail's word: {error}") from error
    return Answer(status, answered)


def _send(method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    ends_at = time.monotonic() + settings.RAIL_CONNECT_SECONDS + settings.RAIL_READ_SECONDS
    limits = Timeout(connect=settings.RAIL_CONNECT_SECONDS, read=settings.RAIL_READ_SECONDS)
    with PoolManager(1, **_trust(url)) as pool:
        try:
            response = pool.request(
                method, url, body=body or None, headers=headers, timeout=limits, retries=False,
                redirect=False, preload_content=False, decode_content=False,
            )  # fmt: skip
            return response.status, dict(response.headers), _body(response, ends_at)
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except (HTTPError, OSError) as error:
            raise NoAnswer(type(error).__name__) from error


def _body(response: BaseHTTPResponse, ends_at: float) -> bytes:
    """Return the body, which a rail that drips cannot draw out."""
    parts: list[bytes] = []
    for part in response.stream(_CHUNK, decode_content=False):
        parts.append(part)
        if time.monotonic() > ends_at or sum(map(len, parts)) > LARGEST_ANSWER:
            response.close()
            raise NoAnswer("the answer is too long, or too slow")
    return b"".join(parts)


def _trust(url: str) -> dict[str, Any]:
    if urlsplit(url).scheme != "https":
        return {}
    return {"cert_reqs": "CERT_REQUIRED", "ca_certs": settings.RAIL_CA_FILE or None}
