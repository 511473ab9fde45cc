"""The headers every answer carries (django-csp adds the content security policy)."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bank.observability.context import RequestContext
from bank.wire import ratelimit_headers
from bank.wire.readers import is_machine

PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), "
    "usb=(), browsing-topics=(), publickey-credentials-get=(self)"
)
_WITHOUT_BODY = frozenset({204, 304})  # RFC 9110, 8.6


def common_headers(request: HttpRequest, response: HttpResponseBase, context: RequestContext) -> None:
    """Write ids, limits and the policies that do not depend on the page."""
    headers = response.headers
    headers["X-Request-ID"] = context.request_id
    headers["traceparent"] = f"00-{context.trace_id}-{context.span_id}-01"
    if context.audit_event_id:
        headers["Audit-Event-Id"] = context.audit_event_id
    if isinstance(response, HttpResponse) and response.status_code not in _WITHOUT_BODY:
        _say_how_long(request, response)
    if is_machine(request) and "Allow" in headers:  # REST framework counts a method that is not served
        headers["Allow"] = headers["Allow"].removesuffix(", OPTIONS")
    for name, value in context.headers.items():
        headers[name] = value
    for name, value in ratelimit_headers.headers(context.limits).items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


def _say_how_long(request: HttpRequest, response: HttpResponse) -> None:
    # Else the server sends the body in chunks: one more write, and programs know no length beforehand.
    response.headers.setdefault("Content-Length", str(len(response.content)))
    if request.method == "HEAD":  # gunicorn would leave the bytes out, too, and warn each time
        response.content = b""
