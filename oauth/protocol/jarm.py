"""Signed authorization responses (JARM): code or error in one JWT that only this app can take for its own."""

from collections.abc import Mapping
from datetime import datetime

from joserfc import jwk, jwt

RESPONSE_MODES = ("jwt", "query.jwt")
LIFE_SECONDS = 300


def issue(
    answer: Mapping[str, str],
    *,
    issuer: str,
    client_id: str,
    algorithm: str,
    key: jwk.Key,
    now: datetime,
) -> str:
    """Return the signed answer, for five minutes (JARM, 2.1; at most ten minutes there)."""
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": client_id,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + LIFE_SECONDS,
        **answer,
    }
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])
