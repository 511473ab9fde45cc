"""ID tokens (OpenID Connect Core 1.0, 2): who signed in, when and how, signed with PS256 or ES256."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwk, jwt

LIFE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The facts an ID token states."""

    issuer: str
    subject: str
    client_id: str
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    nonce: str
    sid: str = ""


def issue(facts: SignedIn, *, access_token: str, algorithm: str, key: jwk.Key, now: datetime) -> str:
    """Return a signed ID token of five minutes for the client that redeemed a code."""
    claims: dict[str, object] = {
        "iss": facts.issuer,
        "sub": facts.subject,
        "aud": facts.client_id,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + LIFE_SECONDS,
        "auth_time": int(facts.auth_time.timestamp()),
        "at_hash": half_hash(access_token),
    }
    optional = {"nonce": facts.nonce, "sid": facts.sid, "acr": facts.acr, "amr": list(facts.amr)}
    claims.update({name: value for name, value in optional.items() if value})
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])


def half_hash(token: str) -> str:
    """Return `at_hash`: base64url of the left half of the token's SHA-256 (both algorithms hash with it)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()
