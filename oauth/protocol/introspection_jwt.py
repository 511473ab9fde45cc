"""Signed introspection answers (RFC 9701): what the bank said about a token, to show to somebody later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwk, jwt

from bank.wire.negotiation import preferred

TYPE = "token-introspection+jwt"
MEDIA_TYPE = f"application/{TYPE}"


def is_asked_for(accept: str) -> bool:
    """Return whether an Accept header names the signed form, and likes no other better (RFC 9701, 4)."""
    best = preferred(accept.split(","), (MEDIA_TYPE, "application/json"))
    return best == MEDIA_TYPE and MEDIA_TYPE in accept.lower()


def issue(
    described: Mapping[str, Any], *, issuer: str, client_id: str, algorithm: str, key: jwk.Key, now: datetime
) -> str:
    """Return the answer as a JWT for this client; it has no `sub` and no `exp` of its own (RFC 9701, 5)."""
    claims = {
        "iss": issuer,
        "aud": client_id,
        "iat": int(now.timestamp()),
        "token_introspection": dict(described),
    }
    header = {"alg": algorithm, "kid": key.kid, "typ": TYPE}
    return jwt.encode(header, claims, key, algorithms=[algorithm])
