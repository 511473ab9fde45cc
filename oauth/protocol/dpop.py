"""Proof of possession (RFC 9449): who presents a token shows, for this request, that it holds the key."""

import base64
import hashlib
import re
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit

from joserfc import jwk

from bank.observability.context import current
from bank.observability.glass_box import acts
from oauth.protocol import clock, dpop_nonce, jose
from oauth.protocol.failures import InvalidDpopProof
from oauth.protocol.replay import use_once

OLDEST_SECONDS = 60
REMEMBERED_SECONDS = OLDEST_SECONDS + clock.MOST_SECONDS_AHEAD + 30
LONGEST_JTI = 256
_LONGEST_NAMED = 256
_NOT_NOW = f"iat must be now: {OLDEST_SECONDS} seconds old at most, {clock.MOST_SECONDS_AHEAD} ahead at most."
_DEFAULT_PORTS = {"https": 443, "http": 80}
_UNRESERVED = "-._~!$&'()*+,;=:@/"


@acts(1, "proof of possession (DPoP)")
def check_proof(proof: str, *, method: str, url: str, now: datetime, access_token: str | None = None) -> str:
    """Return the thumbprint of the key a proof was made with. Raises InvalidDpopProof (RFC 9449, 4.3)."""
    _offer_nonce(now)
    jwt, key = _read(proof)
    if not jose.is_signed_by(jwt, key):
        raise InvalidDpopProof("The signature of the proof is wrong.")
    _check_claims(jwt.claims, method, url, now)
    if access_token is not None and jwt.claims.get("ath") != token_hash(access_token):
        raise InvalidDpopProof("ath must be the base64url of the SHA-256 of this access token.")
    dpop_nonce.check(jwt.claims.get("nonce"), now)
    thumbprint = jose.thumbprint(jwt.header["jwk"])
    if not use_once("dpop", thumbprint, str(jwt.claims["jti"]), seconds=REMEMBERED_SECONDS):
        raise InvalidDpopProof("The proof was used before: each request needs one with a jti of its own.")
    return thumbprint


def _read(proof: str) -> tuple[jose.UncheckedJwt, jwk.Key]:
    """Return a proof, unchecked, and the key it brings; raises InvalidDpopProof."""
    if "," in proof:  # what the web server makes of two headers (RFC 9110, 5.3)
        raise InvalidDpopProof("There is more than one DPoP header.")
    try:
        jwt = jose.read(proof)
        if jwt.header.get("typ") != "dpop+jwt":
            raise jose.JoseRefused("The type (typ) of the proof must be dpop+jwt.")
        return jwt, jose.public_key(jwt.header.get("jwk"))
    except jose.JoseRefused as refused:
        raise InvalidDpopProof(str(refused)) from refused


def _offer_nonce(now: datetime) -> None:
    """Let the answer to a proof, good or bad, carry the nonce for the next one (RFC 9449, 8.2)."""
    if dpop_nonce.are_wanted():
        current().headers["DPoP-Nonce"] = dpop_nonce.issue(now)


def token_hash(access_token: str) -> str:
    """Return the `ath` of an access token: base64url of its SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()).rstrip(b"=").decode()


def is_thumbprint(text: str) -> bool:
    """Return whether a text can be a SHA-256 JWK thumbprint (RFC 7638)."""
    return re.fullmatch(r"[A-Za-z0-9_-]{43}", text) is not None


def same_url(claimed: object, url: str) -> bool:
    """Return whether `htu` names this URL, both normalised and without query and fragment (RFC 3986, 6.2)."""
    if claimed == url:
        return True
    named = _normalised(claimed) if isinstance(claimed, str) else None
    return named is not None and named == _normalised(url)


def _check_claims(claims: dict[str, object], method: str, url: str, now: datetime) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_JTI:
        raise InvalidDpopProof(f"The proof needs a jti, a string of 1 to {LONGEST_JTI} characters.")
    if claims.get("htm") != method:
        raise InvalidDpopProof(f"htm must be {method}.")
    if not same_url(claims.get("htu"), url):
        raise InvalidDpopProof(f"htu must be {url[:_LONGEST_NAMED]}.")
    _check_times(claims, now)


def _check_times(claims: dict[str, object], now: datetime) -> None:
    issued = clock.number(claims.get("iat"))
    if issued is None or issued < now.timestamp() - OLDEST_SECONDS or clock.begins_too_late(issued, now):
        raise InvalidDpopProof(_NOT_NOW)
    if "nbf" in claims and clock.begins_too_late(claims["nbf"], now):
        raise InvalidDpopProof("nbf lies in the future.")
    if "exp" in claims and clock.is_over(claims["exp"], now):
        raise InvalidDpopProof("exp has passed.")


def _normalised(url: str) -> tuple[str, str, int | None, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    if parts.scheme.lower() not in _DEFAULT_PORTS or not parts.hostname or parts.username or parts.password:
        return None
    path = quote(unquote(parts.path or "/"), safe=_UNRESERVED)
    return parts.scheme.lower(), parts.hostname.lower(), port, path
