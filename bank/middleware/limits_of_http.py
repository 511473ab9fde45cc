"""What the bank does not even begin to read: other methods, other hosts, bodies too long, plain HTTP."""

import re

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

from bank.access.client_certificates import is_mtls
from bank.errors import NotFound
from bank.observability.glass_box import acts
from bank.wire.errors import (
    BodyTooLarge,
    LengthRequired,
    MethodNotAllowed,
    MisdirectedRequest,
    PlainHttpRefused,
)
from bank.wire.readers import is_machine

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PROBES = frozenset({"/livez", "/readyz", "/metrics"})


@acts(3, "HTTPS, a known method and host, a body that is not too long")
def check(request: HttpRequest) -> None:
    """Let pass what may be read; raises the error of the first thing wrong."""
    if request.method not in METHODS:
        raise MethodNotAllowed(allowed=", ".join(sorted(METHODS - {"OPTIONS"})))
    if "\x00" in request.path:  # no name holds one: PostgreSQL would refuse the question
        raise NotFound()
    _check_host(request)
    _check_length(request)
    if is_machine(request) and request.path not in PROBES and not request.is_secure():
        # Not redirected: the token has already crossed the wire in clear, and must be seen to fail.
        raise PlainHttpRefused()


def _check_host(request: HttpRequest) -> None:
    try:
        request.get_host()
    except DisallowedHost as error:
        raise MisdirectedRequest() from error
    if is_mtls(request) and not is_machine(request):
        # People sign in and decide on the public origin alone: no page, cookie or form lives here.
        raise MisdirectedRequest()


def _check_length(request: HttpRequest) -> None:
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired()
    text = request.META.get("CONTENT_LENGTH") or "0"
    most = _most_bytes(request)
    if not (text.isascii() and text.isdigit()) or int(text[:12]) > most:
        raise BodyTooLarge(f"at most {most} bytes are read")


def _most_bytes(request: HttpRequest) -> int:
    if not is_machine(request):
        return settings.MAX_FORM_BYTES
    is_file = request.method == "PUT" and re.fullmatch(settings.FILE_PATHS, request.path)
    return settings.MAX_FILE_BYTES if is_file else settings.MAX_BODY_BYTES
