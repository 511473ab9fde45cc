"""What every page may show without its view having to say it."""

from django.conf import settings
from django.http import HttpRequest


def bank(request: HttpRequest) -> dict[str, object]:
    """Return the bank's name, whether this is the sandbox, and the bank's public origin."""
    return {"bank_name": "Harbour Bank", "sandbox": settings.SANDBOX, "public_origin": settings.PUBLIC_ORIGIN}
