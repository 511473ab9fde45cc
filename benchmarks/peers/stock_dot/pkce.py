"""PKCE's S256 (RFC 7636, section 4.2)."""

import base64
import hashlib


def challenge(verifier: str) -> str:
    """Return the challenge that belongs to a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
