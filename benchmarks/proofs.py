"""Signs DPoP proofs and client assertions before the clock runs (RFC 9449, RFC 7523), in other processes.

Signing costs a client 60 µs of CPU. A client does that on its own machine, so it stays outside the measured
span. A proof is only good for a minute: sign right before each round.
"""

import base64
import hashlib
import json
import multiprocessing
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

_FORK = multiprocessing.get_context("fork")
_ES256 = ec.ECDSA(hashes.SHA256())


def base64url(data: bytes) -> str:
    """Return unpadded base64url (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_jwk() -> dict[str, str]:
    """Return a new private EC P-256 key as a JWK."""
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    public = numbers.public_numbers
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url(public.x.to_bytes(32)),
        "y": base64url(public.y.to_bytes(32)),
        "d": base64url(numbers.private_value.to_bytes(32)),
    }


def public_part(jwk: dict[str, str]) -> dict[str, str]:
    """Return the JWK without its private members."""
    return {name: jwk[name] for name in ("kty", "crv", "x", "y")}


def thumbprint(jwk: dict[str, str]) -> str:
    """Return the SHA-256 thumbprint of an EC key (RFC 7638)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return base64url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


class Signer:
    """Signs compact JWS with ES256 and one fixed header."""

    def __init__(self, jwk: dict[str, str], header: dict[str, Any]) -> None:
        value = int.from_bytes(base64.urlsafe_b64decode(jwk["d"] + "=="))
        self._key = ec.derive_private_key(value, ec.SECP256R1())
        self._head = base64url(json.dumps({**header, "alg": "ES256"}, separators=(",", ":")).encode())

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed compact JWS."""
        signed = f"{self._head}.{base64url(json.dumps(claims, separators=(',', ':')).encode())}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), _ES256))
        return f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


def dpop_signer(jwk: dict[str, str]) -> Signer:
    """Return a signer of DPoP proofs for a key (RFC 9449, section 4.2)."""
    return Signer(jwk, {"typ": "dpop+jwt", "jwk": public_part(jwk)})


def dpop(signer: Signer, method: str, url: str, access_token: str = "") -> str:
    """Return a fresh proof for one request."""
    claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(time.time())}
    if access_token:
        claims["ath"] = base64url(hashlib.sha256(access_token.encode()).digest())
    return signer.sign(claims)


def assertion(signer: Signer, client_id: str, audience: str) -> str:
    """Return a fresh client assertion (RFC 7523, section 3; FAPI 2.0: the audience is the issuer)."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": secrets.token_urlsafe(16)}
    return signer.sign({**claims, "iat": now, "exp": now + 60})


def sign_dpop(
    jwk: dict[str, str], method: str, url: str, access_tokens: Sequence[str], *, processes: int = 2
) -> list[str]:
    """Return one proof for each access token given, in order, signed in parallel."""
    shares = [access_tokens[share::processes] for share in range(processes)]
    signed = _in_parallel(_sign_dpop_share, [(jwk, method, url, share) for share in shares])
    return [signed[index % processes][index // processes] for index in range(len(access_tokens))]


def sign_assertions(
    jwk: dict[str, str], client_id: str, audience: str, number: int, *, processes: int = 2
) -> list[str]:
    """Return `number` fresh client assertions, signed in parallel."""
    shares = [number // processes + (share < number % processes) for share in range(processes)]
    signed = _in_parallel(_sign_assertion_share, [(jwk, client_id, audience, share) for share in shares])
    return [each for share in signed for each in share]


def _in_parallel(sign: Callable[[Any], list[str]], work: Sequence[Any]) -> list[list[str]]:
    with ProcessPoolExecutor(len(work), mp_context=_FORK) as pool:
        return list(pool.map(sign, work))


def _sign_dpop_share(work: tuple[dict[str, str], str, str, Sequence[str]]) -> list[str]:
    jwk, method, url, access_tokens = work
    signer = dpop_signer(jwk)
    return [dpop(signer, method, url, token) for token in access_tokens]


def _sign_assertion_share(work: tuple[dict[str, str], str, str, int]) -> list[str]:
    jwk, client_id, audience, number = work
    signer = Signer(jwk, {"typ": "JWT"})
    return [assertion(signer, client_id, audience) for _ in range(number)]
