"""What may be used once: ids of proofs and assertions, remembered in the cache all processes share."""

import hashlib
import logging

from django.core.cache import caches

from bank.resilience.cache import ask
from oauth.protocol.failures import TemporarilyUnavailable

log = logging.getLogger(__name__)


def use_once(kind: str, *parts: str, seconds: int) -> bool:
    """Remember a use and return whether it was the first; raises TemporarilyUnavailable."""
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()
    try:
        key = str(caches["default"].make_key(f"oauth:once:{kind}:{digest}"))
        return ask("SET", key, 1, "NX", "EX", seconds) is not None
    except Exception as error:
        log.error("replay store down", extra={"kind": kind})
        raise TemporarilyUnavailable("Whether this was used before cannot be checked now.") from error
