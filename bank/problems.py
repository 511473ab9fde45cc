"""Failures said over HTTP: RFC 9457 problem+json. The one place that knows status codes.

Every failure has a page of its own: `type` is the address /docs/errors/<code>/.
"""

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from bank import errors
from bank.access import rate_limits
from bank.observability.context import current
from bank.wire import errors as wire
from bank.wire.pointers import field_errors
from bank.wire.renderers import dumps

logger = logging.getLogger("bank.problems")

CONTENT_TYPE = "application/problem+json"

STATUS: dict[type[errors.BankError], int] = {
    errors.Malformed: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    wire.MethodNotAllowed: 405,
    wire.NotAcceptable: 406,
    errors.Conflict: 409,
    wire.LengthRequired: 411,
    wire.BodyTooLarge: 413,
    wire.UnsupportedContent: 415,
    wire.MisdirectedRequest: 421,
    errors.Refused: 422,
    wire.PlainHttpRefused: 403,
    errors.TooMany: 429,
    errors.BankError: 500,
    errors.Unavailable: 503,
}


class InternalError(errors.BankError):
    """The bank made a mistake; nothing was changed."""


def status_of(error: errors.BankError | type[errors.BankError]) -> int:
    """Return the HTTP status of a failure: that of the nearest kind it descends from."""
    kind = error if isinstance(error, type) else type(error)
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def all_errors() -> Iterator[type[errors.BankError]]:
    """Yield every failure this bank can answer with, once each: the catalogue behind /docs/errors/."""
    found: set[type[errors.BankError]] = set()
    waiting: list[type[errors.BankError]] = [errors.BankError]
    while waiting:
        children = set(waiting.pop().__subclasses__()) - found
        found |= children
        waiting += children
    yield from sorted(found, key=lambda kind: (status_of(kind), kind.code))


def type_url(code: str) -> str:
    """Return the address of the page that explains a failure."""
    return f"{settings.PUBLIC_ORIGIN}/docs/errors/{code}/"


def body_of(error: errors.BankError, path: str) -> dict[str, Any]:
    """Return the members of a problem (RFC 9457, 3.1) and the bank's own."""
    body: dict[str, Any] = {
        "type": type_url(error.code),
        "title": error.title(),
        "status": status_of(error),
        "detail": error.detail or error.title(),
        "instance": path,
        "code": error.code,
        "request_id": current().request_id,
    }
    if error.reason_code:
        body["reason_code"] = error.reason_code
    if error.errors:
        body["errors"] = [
            {"pointer": e.pointer, "code": e.code, "detail": e.detail or e.code} for e in error.errors
        ]
    return body


def headers_of(error: errors.BankError) -> dict[str, str]:
    """Return the headers a failure carries: its own challenge, and when to come back."""
    headers = {"Cache-Control": "no-store", **error.headers}
    wait = error.retry_after_seconds
    if wait is None and status_of(error) == 503:
        wait = 5
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return headers


def respond(error: errors.BankError, request: HttpRequest) -> HttpResponse:
    """Return the failure as an answer of a plain Django view or middleware."""
    response = HttpResponse(
        dumps(body_of(error, request.path)), status=status_of(error), content_type=CONTENT_TYPE
    )
    for name, value in headers_of(error).items():
        response[name] = value
    return response


def drf_response(error: errors.BankError, request: Any) -> Response:
    """Return the failure as an API view's answer, for a refusal that is a result and must be committed."""
    return Response(
        body_of(error, request.path),
        status=status_of(error),
        headers=headers_of(error),
        content_type=CONTENT_TYPE,
    )


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of an API view as a problem; nothing internal is told."""
    request, view = context["request"], context["view"]
    error = understand(exception)
    if status_of(error) == 401:
        error = rate_limits.after_refusal(request, error)
        challenge(error, view.get_authenticate_header(request))
    if status_of(error) == 405:
        error.headers = {**error.headers, "Allow": ", ".join(view.allowed_methods)}
    if isinstance(error, InternalError):
        report(exception, request)
    return drf_response(error, request)


def challenge(error: errors.BankError, value: str | None) -> None:
    """Give a 401 the challenge RFC 9110 demands, unless it brings its own."""
    if status_of(error) == 401 and "WWW-Authenticate" not in error.headers:
        error.headers = {**error.headers, "WWW-Authenticate": value or 'DPoP algs="ES256 PS256 EdDSA"'}


def report(exception: Exception, request: Any) -> None:
    """Log an unexpected exception and let Django's test client raise it."""
    logger.error("unexpected exception", exc_info=exception)
    got_request_exception.send(sender=None, request=getattr(request, "_request", request))


def understand(exception: Exception) -> errors.BankError:
    """Return what an exception means to a caller; what is not known is an InternalError."""
    if isinstance(exception, errors.BankError):
        return exception
    if isinstance(exception, drf.APIException):
        return _from_drf(exception)
    for kinds, error in _KNOWN:
        if isinstance(exception, kinds):
            return error()
    if isinstance(exception, DatabaseError) and _is_passing(exception):
        return errors.Unavailable(retry_after_seconds=1)
    return InternalError()


_KNOWN: list[tuple[tuple[type[Exception], ...], type[errors.BankError]]] = [
    ((Http404,), errors.NotFound),
    ((PermissionDenied,), errors.Forbidden),
    ((RequestDataTooBig,), wire.BodyTooLarge),
    ((SuspiciousOperation,), errors.Malformed),
    ((OperationalError, InterfaceError), errors.Unavailable),
]

# Lock and statement timeouts, serialization failures, deadlocks, no room, shutting down (SQLSTATE classes).
_PASSING = ("40", "53", "55P03", "57", "08", "25006", "25P03")


def _is_passing(exception: DatabaseError) -> bool:
    return (getattr(exception.__cause__, "sqlstate", "") or "").startswith(_PASSING)


def _from_drf(exception: drf.APIException) -> errors.BankError:
    if isinstance(exception, drf.ValidationError):
        return wire.InvalidRequest(errors=field_errors(exception.detail))
    for kind, error in _DRF.items():
        if isinstance(exception, kind):
            return error()
    return InternalError() if exception.status_code >= 500 else errors.Malformed()


_DRF: dict[type[drf.APIException], type[errors.BankError]] = {
    drf.ParseError: wire.InvalidJson,
    drf.NotAuthenticated: errors.Unauthorized,
    drf.AuthenticationFailed: errors.Unauthorized,
    drf.PermissionDenied: errors.Forbidden,
    drf.NotFound: errors.NotFound,
    drf.MethodNotAllowed: wire.MethodNotAllowed,
    drf.NotAcceptable: wire.NotAcceptable,
    drf.UnsupportedMediaType: wire.UnsupportedContent,
    drf.Throttled: errors.TooMany,
}
