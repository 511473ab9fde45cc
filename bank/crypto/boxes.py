"""The one ciphertext format: version, key id, nonce, AES-256-GCM ciphertext.

The header and the place (`app.Model.field:primary key`) are authenticated with the content, so a box copied
to another row, column or table does not open, nor does one whose key id was exchanged.
"""

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bank.crypto.errors import CannotOpen

VERSION = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Keys(Protocol):
    """A set of keys: one of them seals, any of them opens."""

    def active(self) -> tuple[bytes, AESGCM]:
        """Return the id and the cipher that seal new values."""

    def find(self, key_id: bytes) -> AESGCM:
        """Return the cipher of a key id; raises CannotOpen when there is none."""


def seal(content: bytes, *, keys: Keys, place: str) -> bytes:
    """Return the content as a box that opens only at this place (NIST SP 800-38D, random 96-bit nonce)."""
    key_id, cipher = keys.active()
    header = bytes((VERSION, len(key_id))) + key_id
    nonce = os.urandom(_NONCE_BYTES)
    return header + nonce + cipher.encrypt(nonce, content, header + place.encode())


def unseal(box: bytes, *, keys: Keys, place: str) -> bytes:
    """Return a box's content; raises CannotOpen when damaged, misplaced or of an unknown key."""
    header, nonce, ciphertext = _take_apart(box)
    try:
        return keys.find(header[2:]).decrypt(nonce, ciphertext, header + place.encode())
    except InvalidTag:
        raise CannotOpen(f"this ciphertext does not belong to {place.partition(':')[0]} here") from None


def key_id_of(box: bytes) -> bytes:
    """Return the id of the key a box was sealed with; raises CannotOpen when it is no box."""
    return _take_apart(box)[0][2:]


def _take_apart(box: bytes) -> tuple[bytes, bytes, bytes]:
    if len(box) < 2 or box[0] != VERSION:
        raise CannotOpen("not a ciphertext of a known version")
    nonce_at = 2 + box[1]
    ciphertext_at = nonce_at + _NONCE_BYTES
    if len(box) < ciphertext_at + _TAG_BYTES:
        raise CannotOpen("a ciphertext cut short")
    return box[:nonce_at], box[nonce_at:ciphertext_at], box[ciphertext_at:]
