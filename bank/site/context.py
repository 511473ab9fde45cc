"""What every page may show without its view having to say it."""

from django.conf import settings
from django.http import HttpRequest


def bank(request: HttpRequest) -> dict[str, object]:
    """Return the bank's name, its languages in their own words, whether it is a sandbox, and its origin."""
    return {
        "bank_name": "Harbour Bank",
        "languages": settings.LANGUAGES,
        "sandbox": settings.SANDBOX,
        "public_origin": settings.PUBLIC_ORIGIN,
    }
