"""Which client certificates the bank's own listener (deploy/mtls_server.py) completes a handshake with."""

import logging
import time
from dataclasses import dataclass
from threading import Lock

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import DatabaseError, connection

from oauth.protocol import mtls
from oauth.queries import list_registered_certificates

log = logging.getLogger(__name__)

KNOWN_SECONDS = 2.0


@dataclass
class _Known:
    certificates: str = ""
    until: float = 0.0


_known = _Known()
_reading = Lock()


def acceptable_certificates() -> str:
    """Return in PEM the authorities for client certificates and what clients registered, seconds old at most.

    While the database does not answer, what was known last holds: each request is checked anyway.
    """
    with _reading:
        if time.monotonic() >= _known.until:
            _known.until = time.monotonic() + KNOWN_SECONDS
            _known.certificates = _authorities() + _registered(_known.certificates)
        return _known.certificates


def _authorities() -> str:
    path = settings.CLIENT_CERTIFICATE_AUTHORITIES
    try:
        authorities = mtls.read_authorities(path) if path else ()
    except (OSError, ValueError) as error:
        log.error("authorities of client certificates unreadable", extra={"error_type": type(error).__name__})
        return ""
    return mtls.in_pem(authority.public_bytes(Encoding.DER) for authority in authorities)


def _registered(before: str) -> str:
    """This runs outside any request: the connection is given back to the pool here."""
    try:
        return mtls.in_pem(list_registered_certificates())
    except DatabaseError as error:
        log.error("registered certificates unreadable", extra={"error_type": type(error).__name__})
        return before
    finally:
        connection.close()
