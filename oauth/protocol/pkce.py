"""Proof key for code exchange (RFC 7636), S256 only."""

import base64
import hashlib
import hmac
import re

from oauth.protocol.failures import InvalidRequest

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(parameters: dict[str, str]) -> None:
    """Raise InvalidRequest unless the authorization request carries an S256 challenge (FAPI 2.0, 5.3.2.2)."""
    if parameters.get("code_challenge_method") != "S256":
        raise InvalidRequest("code_challenge_method must be S256.")
    if not _CHALLENGE.fullmatch(parameters.get("code_challenge", "")):
        raise InvalidRequest("code_challenge must be the base64url of a SHA-256.")


def is_verified(challenge: str, verifier: str | None) -> bool:
    """Return whether the verifier is the one whose hash the challenge is; a missing one never is."""
    if not verifier or not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, challenge)
