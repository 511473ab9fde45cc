"""ID tokens (OpenID Connect Core 1.0, 2): who signed in, when and how, signed with PS256 or ES256."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwk, jwt

from oauth.protocol import jose
from oauth.protocol.failures import InvalidRequest

LIFE_SECONDS = 300
TYPE = "JWT"


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


def subject_of(text: str, *, issuer: str, client_id: str, jwks: object) -> str:
    """Return whom an ID token of this bank for this client was about, an expired one too (3.1.2.1).

    Raises InvalidRequest, also for what the same keys signed to say something else.
    """
    try:
        token = jose.read(text)
    except jose.JoseRefused as refused:
        raise InvalidRequest(f"id_token_hint: {refused}") from refused
    subject = token.claims.get("sub")
    is_signed = any(jose.is_signed_by(token, key) for key in jose.candidates(token, jwks))
    parties = (token.claims.get("iss"), token.claims.get("aud"))
    if not (is_signed and token.header.get("typ") == TYPE and parties == (issuer, client_id) and subject):
        raise InvalidRequest("id_token_hint must be an ID token this bank issued to this client.")
    return str(subject)


def half_hash(token: str) -> str:
    """Return `at_hash`: base64url of the left half of the token's SHA-256 (both algorithms hash with it)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()
