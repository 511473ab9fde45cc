"""Server nonces for DPoP proofs (RFC 9449, 8 and 9): proofs cannot be made in advance.

A nonce is a time and its HMAC: every process makes and knows them, and nothing is kept. `DPOP_NONCE_SECONDS`
says how long one is taken; 0, the default, asks for none. A new one comes with each answer to a proof.
"""

import base64
import hmac
from datetime import datetime

from django.conf import settings
from django.utils.crypto import salted_hmac

from oauth.protocol.failures import UseDpopNonce

_SALT = "oauth.dpop_nonce"
_MAC_BYTES = 16


def are_wanted() -> bool:
    """Return whether proofs must carry a nonce of this server."""
    return bool(settings.DPOP_NONCE_SECONDS)


def issue(now: datetime) -> str:
    """Return the nonce of this second."""
    moment = str(int(now.timestamp()))
    return f"{moment}.{_mac(moment)}"


def check(nonce: object, now: datetime) -> None:
    """Raise UseDpopNonce unless nonces are not wanted, or this one is ours and not too old."""
    if are_wanted() and not (isinstance(nonce, str) and _is_fresh(nonce, now)):
        raise UseDpopNonce("The proof needs the nonce of the header DPoP-Nonce.")


def _is_fresh(nonce: str, now: datetime) -> bool:
    moment, _, mac = nonce.partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return False
    if not hmac.compare_digest(mac.encode("utf-8", "surrogatepass"), _mac(moment).encode()):
        return False
    return -1 <= now.timestamp() - int(moment) <= settings.DPOP_NONCE_SECONDS


def _mac(moment: str) -> str:
    digest = salted_hmac(_SALT, moment, algorithm="sha256").digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
