"""Whom the bank believes on the other side: public certificate authorities, and one more where it is told."""

import ssl
from functools import lru_cache

from django.conf import settings


def context() -> ssl.SSLContext:
    """Return the TLS rules of calls: 1.2 and above, certificate and host name checked."""
    return _context(settings.OUTBOUND_CA_FILE)


@lru_cache(maxsize=4)
def _context(ca_file: str) -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        made.load_verify_locations(cafile=ca_file)
    return made
