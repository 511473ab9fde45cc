"""A signature that travels beside what it signs: a JWS with the payload taken out (RFC 7515, appendix F)."""

from joserfc import jwk, jws

ALGORITHM = "PS256"


def sign(payload: bytes, *, key: jwk.Key) -> str:
    """Return the detached compact JWS over exactly these bytes: `header..signature`."""
    compact = jws.serialize_compact({"alg": ALGORITHM, "kid": key.kid}, payload, key, algorithms=[ALGORITHM])
    header, _payload, signature = compact.split(".")
    return f"{header}..{signature}"
