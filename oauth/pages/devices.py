"""The browser somebody signs in with: what its owner calls it, and whether it was here before."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop

from oauth.protocol.secrets import checksum

COOKIE = "__Host-device"
KEPT_SECONDS = 365 * 24 * 3600
# The first that fits, as the names hide in one another: every Edge says Chrome, every Chrome says Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def words_for(request: HttpRequest) -> str:
    """Return the device in its owner's words, such as "Firefox on Linux": nothing that identifies it."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    browser = next((words for sign, words in _BROWSERS if sign in agent), "")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "")
    return " on ".join(filter(None, (browser, system))) or gettext_noop("Unnamed device")


def mark_of(request: HttpRequest) -> str:
    """Return the random mark this browser was given at an earlier sign-in, or a new one."""
    known = request.COOKIES.get(COOKIE, "")
    return known if len(known) == len(_new()) else _new()


def keep(response: HttpResponse, mark: str) -> None:
    """Let the browser keep its mark for a year; it tells nobody anything but the bank."""
    response.set_cookie(
        COOKIE, mark, max_age=KEPT_SECONDS, secure=True, httponly=True, samesite="Lax", path="/"
    )


def checksum_of(mark: str) -> str:
    """Return what the database knows of a mark."""
    return checksum(mark)


def _new() -> str:
    return secrets.token_urlsafe(24)
