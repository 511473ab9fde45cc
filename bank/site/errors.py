"""Two failures of pages that need words of their own; all others are bank/pages_of_failure.py's."""

from django.http import HttpRequest, HttpResponse

from bank import pages_of_failure
from bank.errors import Forbidden, TooMany

LOCKED_OUT_SECONDS = 15 * 60


class TooManySignIns(TooMany):
    """Too many tries to sign in."""


class FormNotOurs(Forbidden):
    """This form was not sent from the bank's own page, or it lay open too long."""


def locked_out(request: HttpRequest, original: object = None, credentials: object = None) -> HttpResponse:
    """Answer 429 after too many failed sign-ins: the same words whether or not the login exists."""
    return pages_of_failure.respond(TooManySignIns(retry_after_seconds=LOCKED_OUT_SECONDS), request)


def form_not_ours(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without its CSRF token."""
    return pages_of_failure.respond(FormNotOurs(), request)
