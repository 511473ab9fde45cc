"""Personal values in the log: a keyed digest in the leaf, the key and the value in an erasable opening.

`HMAC-SHA-256(salt, domain ‖ event ‖ field ‖ value)`: the leaf proves a value that is shown with its salt, and
tells nothing without it. Each field has a salt of its own, derived from the event's, so that one can be shown
alone.
"""

import base64
import os
from collections.abc import Mapping
from functools import cache
from uuid import UUID

from bank.crypto.macs import mac, macs
from bank.observability.glass_box import acts

_DOMAIN = b"harbour-bank/commitment/v1"
_SALT_BYTES = 32


def new_salt() -> bytes:
    """Return the salt of one event."""
    return os.urandom(_SALT_BYTES)


def field_salt(event_salt: bytes, field: str) -> bytes:
    """Return the salt of one field: what is shown to open that field and no other."""
    return mac(event_salt, field.encode())


def commit(event_salt: bytes, event_id: UUID, field: str, value: str) -> str:
    """Return the commitment to a field's value, as unpadded base64url."""
    return commit_all(event_salt, event_id, {field: value})[field]


@acts(13, "personal values reach the log as commitments only")
def commit_all(event_salt: bytes, event_id: UUID, values: Mapping[str, str]) -> dict[str, str]:
    """Return the commitment of each field."""
    return commit_framed(event_salt, event_id, framed_all(values))


def commit_framed(event_salt: bytes, event_id: UUID, framed: Mapping[str, bytes]) -> dict[str, str]:
    """Do what `commit_all` does, for one of many events: what all have in common was framed once."""
    event, salt_of = _FRAMED_DOMAIN + _framed(event_id.bytes), macs(event_salt)
    return {field: encode(mac(salt_of(field.encode()), event + said)) for field, said in framed.items()}


def framed_all(values: Mapping[str, str]) -> dict[str, bytes]:
    """Return each field with its value as they end the message that is committed to."""
    return {
        field: _framed_name(field) + _framed(value.encode(errors="surrogatepass"))
        for field, value in values.items()
    }


def encode(data: bytes) -> str:
    """Return bytes as unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def _framed_name(field: str) -> bytes:
    """Return a field's name, framed: there are as many as the code names."""
    return _framed(field.encode())


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(4) + part


_FRAMED_DOMAIN = _framed(_DOMAIN)
