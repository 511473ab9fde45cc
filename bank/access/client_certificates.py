"""The certificate a caller showed in its TLS handshake (RFC 8705), from our own handshake or a trusted hop's.

A proxy that ends TLS passes the certificate in one header. Anybody can write that header, so it counts only
when the peer is one of `CLIENT_CERTIFICATE_PROXIES`; from everybody else it is as if it were not there.
"""

import logging
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.http import HttpRequest

from bank.access.addresses import is_within

log = logging.getLogger(__name__)

HEADER = "X-Client-Certificate"  # nginx: proxy_set_header X-Client-Certificate $ssl_client_escaped_cert
_META = "HTTP_X_CLIENT_CERTIFICATE"
_SOCKET = "gunicorn.socket"
_BEGIN = "-----BEGIN CERTIFICATE-----"


def certificate_of(request: HttpRequest) -> bytes | None:
    """Return the DER of the certificate whose key the caller proved to hold, or None without one."""
    if is_certificate_proxy(request):
        return _from_header(request.META.get(_META, ""))
    return _from_handshake(request.META.get(_SOCKET))


def is_certificate_proxy(request: HttpRequest) -> bool:
    """Return whether the peer is a hop of ours that ends TLS and says which certificate it saw."""
    return is_within(request.META.get("REMOTE_ADDR", ""), tuple(settings.CLIENT_CERTIFICATE_PROXIES))


def is_mtls(request: HttpRequest) -> bool:
    """Return whether the request came to the origin where client certificates are asked for."""
    return bool(settings.MTLS_ORIGIN) and f"https://{request.get_host()}" == settings.MTLS_ORIGIN


def origin_of(request: HttpRequest) -> str:
    """Return which of the bank's two origins a request came to; the Host header only chooses."""
    return settings.MTLS_ORIGIN if is_mtls(request) else settings.PUBLIC_ORIGIN


def _from_header(text: str) -> bytes | None:
    if not text:
        return None
    pem = unquote(text)
    try:
        if pem.count(_BEGIN) != 1:
            raise ValueError("one certificate is expected")
        return x509.load_pem_x509_certificate(pem.encode("ascii")).public_bytes(Encoding.DER)
    except ValueError:
        log.warning("a proxy sent a client certificate that cannot be read")
        return None


def _from_handshake(connection: Any) -> bytes | None:
    """Ask the TLS connection; a plain one, or one of another server, has no certificate."""
    ask = getattr(connection, "getpeercert", None)
    return (ask(binary_form=True) or None) if ask else None
