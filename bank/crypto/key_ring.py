"""The master keys: from the environment or a mounted file, never from the database or its backups.

`MASTER_KEYS="2026b:<base64 of 32 bytes>,2026a:<…>"`: the first key seals, every key opens. No key is used as
it is: each purpose has its own, derived by HKDF (RFC 5869).
"""

import base64
import binascii
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bank.crypto.errors import CannotOpen, KeyRingInvalid

KEY_BYTES = 32
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,30}", re.ASCII)
_FEWEST_DIFFERENT_BYTES = 12  # 32 random bytes have fewer less than once in 10^12 keys; typed ones often do


@dataclass(frozen=True)
class KeyRing:
    """Master keys by id; the first is the active one."""

    secrets: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Return the ring written as `id:base64,…`; raises KeyRingInvalid."""
        entries = [_parse_entry(entry) for entry in text.split(",") if entry.strip()]
        if not entries:
            raise KeyRingInvalid("MASTER_KEYS (or MASTER_KEYS_FILE) is empty: personal data needs a key")
        if len(dict(entries)) != len(entries):
            raise KeyRingInvalid("MASTER_KEYS names a key id twice")
        return cls(dict(entries))

    @property
    def active_id(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.secrets))

    def derive(self, key_id: str, purpose: str) -> bytes:
        """Return the 32-byte key of one purpose; raises CannotOpen when the ring has no such id."""
        if key_id not in self.secrets:
            raise CannotOpen(f"master key {key_id!r} is not on the ring")
        return _derive(self.secrets[key_id], purpose)

    def for_purpose(self, purpose: str) -> "PurposeKeys":
        """Return the ring's keys for one purpose, to seal and open with."""
        return PurposeKeys(self, purpose)


class PurposeKeys:
    """The ring seen through one purpose (boxes.Keys)."""

    def __init__(self, key_ring: KeyRing, purpose: str) -> None:
        self._ring = key_ring
        self._purpose = purpose
        self._ciphers: dict[bytes, AESGCM] = {}

    def active(self) -> tuple[bytes, AESGCM]:
        key_id = self._ring.active_id.encode()
        return key_id, self.find(key_id)

    def find(self, key_id: bytes) -> AESGCM:
        if key_id not in self._ciphers:
            secret = self._ring.derive(key_id.decode("ascii", "replace"), self._purpose)
            self._ciphers[key_id] = AESGCM(secret)
        return self._ciphers[key_id]


def read_master_keys(text: str, file: str) -> str:
    """Return the master keys as text, from variable or file; raises KeyRingInvalid unless good."""
    if not text and file:
        try:
            text = Path(file).read_text().replace("\n", ",")
        except OSError as error:
            raise KeyRingInvalid(f"MASTER_KEYS_FILE cannot be read: {error.strerror}") from None
    KeyRing.parse(text)
    return text


def ring() -> KeyRing:
    """Return the ring of the settings."""
    from django.conf import settings

    return _ring_of(settings.MASTER_KEYS)


def keys_for(purpose: str) -> PurposeKeys:
    """Return the settings' ring for one purpose; ciphers are made once per process."""
    from django.conf import settings

    return _keys_of(settings.MASTER_KEYS, purpose)


@functools.lru_cache(maxsize=8)
def _ring_of(text: str) -> KeyRing:
    return KeyRing.parse(text)


@functools.lru_cache(maxsize=64)
def _keys_of(text: str, purpose: str) -> PurposeKeys:
    return _ring_of(text).for_purpose(purpose)


@functools.lru_cache(maxsize=256)
def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"bank/{purpose}".encode()).derive(secret)


def _parse_entry(entry: str) -> tuple[str, bytes]:
    key_id, _, encoded = entry.strip().partition(":")
    if not _KEY_ID.fullmatch(key_id):
        raise KeyRingInvalid("a master key is written as id:base64, the id in small letters and digits")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise KeyRingInvalid(f"master key {key_id!r} is not base64") from None
    if len(secret) != KEY_BYTES:
        raise KeyRingInvalid(f"master key {key_id!r} has {len(secret)} bytes instead of {KEY_BYTES}")
    if len(set(secret)) < _FEWEST_DIFFERENT_BYTES:
        raise KeyRingInvalid(f"master key {key_id!r} is not random")
    return key_id, secret
