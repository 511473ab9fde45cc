"""Personal values in the log: a keyed digest in the leaf, the key and the value in an erasable opening.

`HMAC-SHA-256(salt, domain ‖ event ‖ field ‖ value)`: the leaf proves a value that is shown with its salt, and
tells nothing without it. Each field has a salt of its own, derived from the event's, so that one can be shown
alone.
"""

import base64
import os
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from uuid import UUID

from bank.observability.glass_box import acts

_DOMAIN = b"harbour-bank/commitment/v1"
_SALT_BYTES = 32
_BLOCK_BYTES = 64  # of SHA-256


def new_salt() -> bytes:
    """Return the salt of one event."""
    return os.urandom(_SALT_BYTES)


def field_salt(event_salt: bytes, field: str) -> bytes:
    """Return the salt of one field: what is shown to open that field and no other."""
    return _hmac(event_salt, field.encode())


def commit(event_salt: bytes, event_id: UUID, field: str, value: str) -> str:
    """Return the commitment to a field's value, as unpadded base64url."""
    return commit_all(event_salt, event_id, {field: value})[field]


@acts(13, "personal values reach the log as commitments only")
def commit_all(event_salt: bytes, event_id: UUID, values: Mapping[str, str]) -> dict[str, str]:
    """Return the commitment of each field."""
    return commit_each(event_salt, event_id, values)


def commit_each(event_salt: bytes, event_id: UUID, values: Mapping[str, str]) -> dict[str, str]:
    """Do what `commit_all` does, for one of many events."""
    salt_of, event = _hmac_under(event_salt), _FRAMED_DOMAIN + _framed(event_id.bytes)
    committed: dict[str, str] = {}
    for field, value in values.items():
        name, framed_name = _field(field)
        message = event + framed_name + _framed(value.encode(errors="surrogatepass"))
        committed[field] = encode(_hmac(salt_of(name), message))
    return committed


def encode(data: bytes) -> str:
    """Return bytes as unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _hmac(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA-256 (RFC 2104) of a key of at most a block; `hmac` looks the digest up each time."""
    block = key.ljust(_BLOCK_BYTES, b"\x00")
    return sha256(block.translate(_XOR_5C) + sha256(block.translate(_XOR_36) + message).digest()).digest()


def _hmac_under(key: bytes) -> Callable[[bytes], bytes]:
    """Return `_hmac` for many messages under one key."""
    block = key.ljust(_BLOCK_BYTES, b"\x00")
    inner, outer = sha256(block.translate(_XOR_36)), sha256(block.translate(_XOR_5C))

    def of(message: bytes) -> bytes:
        first, last = inner.copy(), outer.copy()
        first.update(message)
        last.update(first.digest())
        return last.digest()

    return of


_XOR_36, _XOR_5C = bytes(byte ^ 0x36 for byte in range(256)), bytes(byte ^ 0x5C for byte in range(256))


@cache
def _field(field: str) -> tuple[bytes, bytes]:
    """Return a field's name as bytes, and framed: there are as many as the code names."""
    return field.encode(), _framed(field.encode())


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(4) + part


_FRAMED_DOMAIN = _framed(_DOMAIN)
