"""The keys in force: the ring of the settings, looked at again while the bank runs.

A process that meets a key it does not know looks at once, so a new key may seal as soon as it is written;
what is searched for (blind_index.py) asks that every process has looked first: see `LOOK_AGAIN_SECONDS`.
"""

import functools
import logging
import time

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bank.crypto.errors import CannotOpen, KeyRingInvalid
from bank.crypto.key_ring import KeyRing
from bank.crypto.providers import Provider, provider_of

LOOK_AGAIN_SECONDS = 1.0
log = logging.getLogger(__name__)


class KeysFor:
    """The ring in force, seen through one purpose (boxes.Keys)."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose

    def active(self) -> tuple[bytes, AESGCM]:
        return ring().for_purpose(self.purpose).active()

    def find(self, key_id: bytes) -> AESGCM:
        try:
            return ring().for_purpose(self.purpose).find(key_id)
        except CannotOpen:
            return ring(at_once=True).for_purpose(self.purpose).find(key_id)


@functools.cache
def keys_for(purpose: str) -> KeysFor:
    """Return the ring in force for one purpose."""
    return KeysFor(purpose)


def ring(*, at_once: bool = False) -> KeyRing:
    """Return the ring in force; a change is seen within LOOK_AGAIN_SECONDS, or at once."""
    return _in_force().ring(at_once=at_once)


def provider() -> Provider:
    """Return where the settings say the keys come from."""
    return _in_force().provider


def _in_force() -> "_Watched":
    from django.conf import settings

    return _watched(settings.MASTER_KEYS, settings.MASTER_KEYS_FILE, settings.MASTER_KEYS_TOKEN)


class _Watched:
    """A provider's ring, as it was when it was last looked at."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._version = provider.version()
        self._ring = provider.read()
        self._look_again = time.monotonic() + LOOK_AGAIN_SECONDS

    def ring(self, *, at_once: bool) -> KeyRing:
        if at_once or time.monotonic() >= self._look_again:
            self._look_again = time.monotonic() + LOOK_AGAIN_SECONDS
            self._look()
        return self._ring

    def _look(self) -> None:
        try:
            version = self.provider.version()
            if version != self._version:
                self._ring, self._version = self.provider.read(), version
        except KeyRingInvalid as error:  # what is open stays open
            log.error("master keys cannot be read again: %s", error)


@functools.lru_cache(maxsize=8)
def _watched(text: str, file: str, token: str) -> _Watched:
    return _Watched(provider_of(text=text, file=file, token=token))
