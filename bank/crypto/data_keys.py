"""One data key per person, kept wrapped by the master ring. Destroying it erases all that it sealed."""

import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bank.crypto.errors import CannotOpen

_ID_BYTES = 8
_SECRET_BYTES = 32


@dataclass(frozen=True)
class DataKey:
    """A random AES-256 key with an id of its own (boxes.Keys)."""

    id: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "DataKey":
        """Return a new random key."""
        return cls(os.urandom(_ID_BYTES), os.urandom(_SECRET_BYTES))

    @classmethod
    def from_bytes(cls, content: bytes) -> "DataKey":
        """Return the key that `to_bytes` wrote."""
        if len(content) != _ID_BYTES + _SECRET_BYTES:
            raise CannotOpen("not a data key")
        return cls(content[:_ID_BYTES], content[_ID_BYTES:])

    def to_bytes(self) -> bytes:
        """Return id and secret in one piece, to be wrapped."""
        return self.id + self.secret

    def active(self) -> tuple[bytes, AESGCM]:
        return self.id, AESGCM(self.secret)

    def find(self, key_id: bytes) -> AESGCM:
        if key_id != self.id:
            raise CannotOpen("sealed with another person's data key")
        return AESGCM(self.secret)
