"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4): this session is over, signed by the bank."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwk, jwt

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """The facts a logout token states."""

    issuer: str
    client_id: str
    subject: str
    sid: str


def issue(ended: Ended, *, algorithm: str, key: jwk.Key, now: datetime) -> str:
    """Return a signed logout token of two minutes; it has no nonce, or it could pass for an ID token."""
    issued_at = int(now.timestamp())
    claims = {
        "iss": ended.issuer,
        "aud": ended.client_id,
        "sub": ended.subject,
        "sid": ended.sid,
        "iat": issued_at,
        "exp": issued_at + LIFE_SECONDS,
        "jti": secrets.token_urlsafe(24),
        "events": {EVENT: {}},
    }
    header = {"alg": algorithm, "kid": key.kid, "typ": "logout+jwt"}
    return jwt.encode(header, claims, key, algorithms=[algorithm])
