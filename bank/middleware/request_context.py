"""The outermost door: names the request, refuses what no view should see, writes the common headers."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase

from bank import pages_of_failure, problems
from bank.access import ip_gate
from bank.access.addresses import client_address
from bank.errors import BankError
from bank.middleware import limits_of_http
from bank.middleware.headers import common_headers
from bank.observability import glass_box, metrics
from bank.observability.context import RequestContext, enter, leave
from bank.public_ids import uuid7
from bank.wire.errors import MethodNotAllowed

logger = logging.getLogger("bank.access_log")

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
# W3C trace context, version 00: trace id, parent id, flags; all zeros are invalid.
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)

Handler = Callable[[HttpRequest], HttpResponseBase]


class RequestContextMiddleware:
    """Wraps each request: context, refusals, answer headers, one log line, metrics."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; what goes wrong outside any view is answered as a problem or an error page."""
        started = time.perf_counter()
        context = context_of(request)
        enter(context)
        try:
            response = self._answer(request)
            context.route = route_of(request)
            common_headers(request, response, context)
            seconds = time.perf_counter() - started
            _tell(request, response, context, seconds)
            glass_box.keep(context, method=request.method or "", status=response.status_code, seconds=seconds)
            return response
        finally:
            leave()

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            limits_of_http.check(request)
            ip_gate.check(request)
        except BankError as error:
            return pages_of_failure.respond(error, request)
        response = self.get_response(request)
        if response.status_code == 405 and not getattr(response, "content", b""):
            return pages_of_failure.respond(MethodNotAllowed(allowed=response["Allow"]), request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer what a plain view raised; the unknown goes on to Django's own 500."""
        if isinstance(exception, (BankError, DatabaseError)):
            error = problems.understand(exception)
            if not isinstance(error, problems.InternalError):
                return pages_of_failure.respond(error, request)
        return None


def context_of(request: HttpRequest) -> RequestContext:
    """Return the request's context: the client's request id if a plain word, its trace if well-formed."""
    offered = request.META.get("HTTP_X_REQUEST_ID", "")
    trace = TRACEPARENT.fullmatch(request.META.get("HTTP_TRACEPARENT", ""))
    return RequestContext(
        request_id=offered if REQUEST_ID.fullmatch(offered) else str(uuid7()),
        trace_id=trace[1] if trace else secrets.token_hex(16),
        span_id=secrets.token_hex(8),
        ip=client_address(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:256],
        steps={} if settings.GLASS_BOX else None,
    )


def route_of(request: HttpRequest) -> str:
    """Return the pattern of the address, never the address: ids stay out of logs and labels."""
    match = request.resolver_match
    return f"/{match.route}" if match else "unrouted"


@glass_box.acts(6, "counted, timed and logged")
def _tell(request: HttpRequest, response: HttpResponseBase, context: RequestContext, seconds: float) -> None:
    method = request.method if request.method in limits_of_http.METHODS else "other"
    metrics.REQUESTS.labels(method, context.route, response.status_code).inc()
    metrics.LATENCY.labels(method, context.route).observe(seconds)
    if settings.ACCESS_LOG:
        logger.info(
            "request",
            extra={
                "method": method,
                "route": context.route,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 2),
                "client_id": context.client_id,
            },
        )
