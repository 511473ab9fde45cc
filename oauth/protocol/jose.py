"""Signed JWTs from outside: three algorithms, sound keys, small messages (RFC 8725, FAPI 2.0 5.4).

joserfc does the cryptography. What it leaves open is closed here: its default registry refuses the headers of
PS256 proofs (512 bytes) and warns on EdDSA, it honours `b64`, and it takes RSA keys of any size.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

ALGORITHMS = ("PS256", "ES256", "EdDSA", "Ed25519")
NOT_ALLOWED = f"The algorithm (alg) must be one of {', '.join(ALGORITHMS)}."
SMALLEST_RSA_BITS = 2048
LARGEST_RSA_BITS = 4096
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# An app sends the same header and key with every proof: what was read of the last so many is kept.
_KEPT = 2048
_CURVES = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519"), "Ed25519": ("OKP", "Ed25519")}


class JoseRefused(Exception):
    """A JWT or a key that is not acceptable; the text is for the developer."""


@dataclass(frozen=True, slots=True)
class UncheckedJwt:
    """A JWT that was read and whose signature nobody has checked yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signature: Any

    @property
    def algorithm(self) -> str:
        return str(self.header["alg"])


class _Registry(JWSRegistry):
    max_header_length = 2048
    max_payload_length = 8192
    max_signature_length = 1024

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise JoseRefused(NOT_ALLOWED)
        return self.algorithms[name]


_REGISTRY = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


def read(text: str) -> UncheckedJwt:
    """Return the parts of a compact JWS, unchecked; raises JoseRefused."""
    try:
        signature = jws.extract_compact(text.encode("ascii"), None, _REGISTRY)
        header, claims = _header(text.partition(".")[0]), _strict_json(signature.payload)
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise JoseRefused("This is not a signed JWT.") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise JoseRefused("This is not a signed JWT.")
    if "crit" in header or "b64" in header:
        raise JoseRefused("Critical header members are not supported.")
    if header.get("alg") not in ALGORITHMS:
        raise JoseRefused(NOT_ALLOWED)
    return UncheckedJwt(header, claims, signature)


def is_signed_by(jwt: UncheckedJwt, key: jwk.Key) -> bool:
    """Return whether the key made the signature with the algorithm the header names."""
    if not fits(key, jwt.algorithm):
        return False
    try:
        return jws.validate_compact(jwt.signature, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError):
        return False


def public_key(data: object) -> jwk.Key:
    """Return a public key the bank accepts; raises JoseRefused for private, weak and unknown ones."""
    if not isinstance(data, dict) or PRIVATE_MEMBERS & data.keys():
        raise JoseRefused("The key is not a public JWK.")
    try:
        return _kept_key(orjson.dumps(data, option=orjson.OPT_SORT_KEYS))
    except orjson.JSONEncodeError as error:
        raise JoseRefused("The key is not a public JWK.") from error


@lru_cache(maxsize=_KEPT)
def _kept_key(text: bytes) -> jwk.Key:
    return _imported(orjson.loads(text))


@lru_cache(maxsize=_KEPT)
def _kept_thumbprint(text: bytes) -> str:
    return _kept_key(text).thumbprint()


def thumbprint(data: dict[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a sound public key: of its required members alone (RFC 7638)."""
    return _kept_thumbprint(orjson.dumps(data, option=orjson.OPT_SORT_KEYS))


def _imported(data: dict[str, Any]) -> jwk.Key:
    if data.get("use", "sig") != "sig":
        raise JoseRefused("The key is not for signatures.")
    if data.get("kty") == "RSA" and not _is_sound_modulus(data.get("n")):
        raise JoseRefused("RSA keys need 2048 to 4096 bits.")
    try:
        key = jwk.import_key(data)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise JoseRefused("The key is not a public JWK.") from error
    if not any(fits(key, algorithm) for algorithm in ALGORITHMS):
        raise JoseRefused("The key is too weak, or of a kind that is not supported.")
    return key


def public_keys(jwks: object) -> list[jwk.Key]:
    """Return the acceptable keys of a JWK Set (RFC 7517); the others are left out."""
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    return list(_acceptable(members if isinstance(members, list) else []))


def candidates(jwt: UncheckedJwt, jwks: object) -> list[jwk.Key]:
    """Return the acceptable keys of a set that may have made a JWT: its `kid`'s, or all without one."""
    kid = jwt.header.get("kid")
    return [key for key in public_keys(jwks) if kid is None or key.kid == kid]


def holds_private_key(jwks: object) -> bool:
    """Return whether somebody sent what nobody may ever send: a secret part of a key."""
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    return any(
        isinstance(member, dict) and PRIVATE_MEMBERS & member.keys()
        for member in (members if isinstance(members, list) else [])
    )


def fits(key: jwk.Key, algorithm: str) -> bool:
    """Return whether a key may be used with an algorithm: its kind, its curve, its size."""
    if algorithm == "PS256":
        return (
            isinstance(key, jwk.RSAKey) and SMALLEST_RSA_BITS <= key.public_key.key_size <= LARGEST_RSA_BITS
        )
    wanted = _CURVES.get(algorithm)
    return wanted is not None and (key.key_type, getattr(key, "curve_name", "")) == wanted


def _is_sound_modulus(text: object) -> bool:
    """Look at the modulus before joserfc does: a huge one costs time, a small one is not loaded."""
    return isinstance(text, str) and SMALLEST_RSA_BITS // 6 <= len(text) <= LARGEST_RSA_BITS // 6 + 4


def _acceptable(members: list[object]) -> Iterable[jwk.Key]:
    for member in members:
        try:
            yield public_key(member)
        except JoseRefused:
            continue


@lru_cache(maxsize=_KEPT)
def _header(part: str) -> Any:
    return _strict_json(_decoded(part))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _strict_json(data: bytes) -> Any:
    """Read JSON as RFC 7515 and 7519 want it: UTF-8 (json itself guesses UTF-16 and 32), no member twice."""
    read = json.loads(data.decode("utf-8"), object_pairs_hook=_no_member_twice)
    if b"\\u" in data:  # an escape can say half a character, which is no text: nothing can hash or keep it
        json.dumps(read, ensure_ascii=False).encode("utf-8")
    return read


def _no_member_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member is there twice")
    return dict(pairs)
