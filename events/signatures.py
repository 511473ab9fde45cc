"""Signatures of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, under a secret the app knows."""

import base64
import hmac
import secrets as randomness
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret: `whsec_` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(randomness.token_bytes(SECRET_BYTES)).decode()


def signed_string(message_id: str, timestamp: int, body: str) -> str:
    """Return exactly what is signed; `timestamp` is in seconds since 1970."""
    return f"{message_id}.{timestamp}.{body}"


def sign(signed: str, secrets: Sequence[str]) -> str:
    """Return the header `webhook-signature`: one signature for each secret, so that both sides can rotate."""
    return " ".join(f"v1,{_signature(signed, secret)}" for secret in secrets)


def _signature(signed: str, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed.encode(), "sha256")).decode()
