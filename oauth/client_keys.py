"""The public keys of a client: registered with it, or read from its `jwks_uri` (RFC 7591, 2).

Keys by reference are kept for ten minutes. A signature by a key nobody has seen makes the bank read them
anew, but not twice within half a minute: nobody can make the bank hammer a client. What cannot be read is
no key.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from bank.outbound import Limits, OutboundFailure, get_document
from oauth.models import Client
from oauth.protocol.failures import InvalidClient, TemporarilyUnavailable

KEPT_SECONDS = 600
SECONDS_BETWEEN_READS = 30
MOST_KEYS = 32
LIMITS = Limits(seconds=3.0, answer_bytes=64 * 1024)
JWKS_TYPES = ("application/json", "application/jwk-set+json")
_CANNOT_BE_READ = "The keys at jwks_uri cannot be read now."


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read last: the set, or None where reading failed, and when."""

    jwks: dict[str, Any] | None
    read_at: float

    def answers(self, kid: object) -> bool:
        """Return whether asking again would be too early, or would tell nothing new."""
        is_young = time.time() - self.read_at < SECONDS_BETWEEN_READS
        return is_young or (self.jwks is not None and (kid is None or kid in _kids(self.jwks)))


def jwks_of(client: Client, *, kid: object = None) -> dict[str, Any]:
    """Return the JWK Set of a client in which a key named `kid` is looked for.

    Raises InvalidClient where a set by reference cannot be read, TemporarilyUnavailable without the cache.
    """
    if not client.client_jwks_uri:
        return dict(client.client_jwks)
    try:
        kept = _by_reference(client, kid)
    except (RedisError, ConnectionInterrupted) as error:
        raise TemporarilyUnavailable("The keys of the client cannot be looked up now.") from error
    if kept.jwks is None:
        raise InvalidClient(_CANNOT_BE_READ)
    return kept.jwks


def _by_reference(client: Client, kid: object) -> _Kept:
    place = f"oauth:jwks:{client.pk}:{hashlib.sha256(client.client_jwks_uri.encode()).hexdigest()}"
    kept = _find(place)
    if kept is not None and kept.answers(kid):
        return kept
    # One process reads, the others wait for what it finds; a lock that is lost frees itself.
    with cache.lock(f"{place}:lock", timeout=LIMITS.seconds + 1, blocking_timeout=LIMITS.seconds + 1):  # type: ignore[attr-defined]
        kept = _find(place)
        return kept if kept is not None and kept.answers(kid) else _read_anew(client, place)


def _find(place: str) -> _Kept | None:
    found = cache.get(place)
    return _Kept(**json.loads(found)) if found else None


def _read_anew(client: Client, place: str) -> _Kept:
    kept = _Kept(_read(client.client_jwks_uri), time.time())
    seconds = KEPT_SECONDS if kept.jwks is not None else SECONDS_BETWEEN_READS
    cache.set(place, json.dumps(asdict(kept)), timeout=seconds)
    return kept


def _read(url: str) -> dict[str, Any] | None:
    try:
        jwks = json.loads(get_document(url, accepts=JWKS_TYPES, limits=LIMITS))
        keys = jwks["keys"]
    except (OutboundFailure, ValueError, KeyError, TypeError, RecursionError):
        return None
    return {"keys": keys} if isinstance(keys, list) and len(keys) <= MOST_KEYS else None


def _kids(jwks: dict[str, Any]) -> set[str]:
    named = (member.get("kid") for member in jwks["keys"] if isinstance(member, dict))
    return {kid for kid in named if isinstance(kid, str)}
