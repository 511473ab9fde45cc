"""The master keys: from a provider outside the database and its backups (providers.py).

`k2:<base64 of 32 bytes>:2026-11-28,k1:<…>,k3:<…>:waiting`: the first key seals, every key opens; the date,
where there is one, says since when it seals, and one that waits has not sealed yet. No key is used as it is:
each purpose has its own, derived by HKDF (RFC 5869).
"""

import base64
import binascii
import functools
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bank.crypto.errors import CannotOpen, KeyRingInvalid

KEY_BYTES = 32
WAITING = "waiting"
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,30}", re.ASCII)
_FEWEST_DIFFERENT_BYTES = 12  # 32 random bytes have fewer less than once in 10^12 keys; typed ones often do


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key, the day since which it seals (None: nobody wrote it down), and whether it waits to."""

    id: str
    secret: bytes = field(repr=False)
    since: date | None = None
    waits: bool = False

    @classmethod
    def new(cls, key_id: str) -> "MasterKey":
        """Return a new random key that waits to seal."""
        return cls(key_id, secrets.token_bytes(KEY_BYTES), waits=True)

    @classmethod
    def parse(cls, text: str) -> "MasterKey":
        """Return the key written as `id:base64[:date|:waiting]`; raises KeyRingInvalid."""
        key_id, _, rest = text.strip().partition(":")
        if not _KEY_ID.fullmatch(key_id):
            raise KeyRingInvalid("a master key is written as id:base64, the id in small letters and digits")
        encoded, _, state = rest.partition(":")
        secret = _secret(key_id, encoded)
        return (
            cls(key_id, secret, waits=True) if state == WAITING else cls(key_id, secret, _day(key_id, state))
        )

    def __str__(self) -> str:
        """Return the key as it is kept: this is the secret itself."""
        state = WAITING if self.waits else self.since.isoformat() if self.since else ""
        return f"{self.id}:{base64.b64encode(self.secret).decode()}" + (f":{state}" if state else "")


class KeyRing:
    """Master keys in order; the first is the active one."""

    def __init__(self, keys: tuple[MasterKey, ...]) -> None:
        self.keys: Mapping[str, MasterKey] = {key.id: key for key in keys}
        if not keys:
            raise KeyRingInvalid("MASTER_KEYS (or MASTER_KEYS_FILE) is empty: personal data needs a key")
        if len(self.keys) != len(keys):
            raise KeyRingInvalid("MASTER_KEYS names a key id twice")
        self._purposes: dict[str, PurposeKeys] = {}

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Return the ring written as `id:base64,…`, by commas or lines; raises KeyRingInvalid."""
        entries = text.replace("\n", ",").split(",")
        return cls(tuple(MasterKey.parse(entry) for entry in entries if entry.strip()))

    def __str__(self) -> str:
        """Return the ring as it is kept, a key a line: the secrets themselves."""
        return "".join(f"{key}\n" for key in self.keys.values())

    @property
    def active_id(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))

    def derive(self, key_id: str, purpose: str) -> bytes:
        """Return the 32-byte key of one purpose; raises CannotOpen when the ring has no such id."""
        if key_id not in self.keys:
            raise CannotOpen(f"master key {key_id!r} is not on the ring")
        return _derive(self.keys[key_id].secret, purpose)

    def for_purpose(self, purpose: str) -> "PurposeKeys":
        """Return the ring's keys for one purpose, to seal and open with; made once."""
        if purpose not in self._purposes:
            self._purposes[purpose] = PurposeKeys(self, purpose)
        return self._purposes[purpose]


class PurposeKeys:
    """One ring seen through one purpose (boxes.Keys)."""

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


@functools.lru_cache(maxsize=256)
def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"bank/{purpose}".encode()).derive(secret)


def _secret(key_id: str, encoded: str) -> bytes:
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise KeyRingInvalid(f"master key {key_id!r} is not base64") from None
    if len(secret) != KEY_BYTES:
        raise KeyRingInvalid(f"master key {key_id!r} has {len(secret)} bytes instead of {KEY_BYTES}")
    if len(set(secret)) < _FEWEST_DIFFERENT_BYTES:
        raise KeyRingInvalid(f"master key {key_id!r} is not random")
    return secret


def _day(key_id: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise KeyRingInvalid(
            f"master key {key_id!r}: {text!r} is neither a date as 2026-11-28 nor {WAITING!r}"
        ) from None
