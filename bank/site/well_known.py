"""Two well-known files: whom to tell of a weakness (RFC 9116), where the API is described (RFC 9727)."""

import json
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bank.access.gate import PUBLIC, page_for
from bank.access.rate_limits import limit

VALID_FOR = timedelta(days=180)


@page_for(PUBLIC)
@limit("metadata")
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Answer security.txt (RFC 9116); Expires is always less than a year away."""
    expires = (datetime.now(UTC) + VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    policy = f"{settings.PUBLIC_ORIGIN}/help/#security"
    lines = [
        f"Contact: {settings.SECURITY_CONTACT or policy}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: en, fr",
        f"Canonical: {settings.PUBLIC_ORIGIN}/.well-known/security.txt",
        f"Policy: {policy}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@page_for(PUBLIC)
@limit("metadata")
@require_safe
def api_catalog(request: HttpRequest) -> HttpResponse:
    """Answer the API catalog as a linkset (RFC 9727, RFC 9264)."""
    origin = settings.PUBLIC_ORIGIN
    entry = {
        "anchor": f"{origin}/v1/",
        "service-desc": [{"href": f"{origin}/v1/openapi.json", "type": "application/json"}],
        "service-doc": [{"href": f"{origin}/docs/", "type": "text/html"}],
        "status": [{"href": f"{origin}/readyz", "type": "application/json"}],
    }
    response = HttpResponse(
        json.dumps({"linkset": [entry]}),
        content_type='application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
    )
    response["Link"] = f'<{origin}/.well-known/api-catalog>; rel="api-catalog"'
    return response
