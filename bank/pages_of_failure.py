"""Failures said to whoever asked: a problem to programs, a page to people. Also Django's own handlers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.html import escape

from bank import problems
from bank.errors import BankError, Forbidden, Malformed, NotFound
from bank.language import in_words
from bank.observability.context import current
from bank.wire.readers import is_machine

TEMPLATE = "errors/page.html"


def respond(error: BankError, request: HttpRequest) -> HttpResponse:
    """Return the failure as a problem to programs and as a page to people."""
    if is_machine(request):
        problems.challenge(error, None)
        return problems.respond(error, request)
    response = HttpResponse(_page(error, request), status=problems.status_of(error))
    for name, value in problems.headers_of(error).items():
        response[name] = value
    return response


def _page(error: BankError, request: HttpRequest | None) -> str:
    context = {
        "title": in_words(error),
        "status": problems.status_of(error),
        "detail": error.detail,
        "request_id": current().request_id,
        "retry_after_seconds": error.retry_after_seconds,
    }
    try:
        return loader.get_template(TEMPLATE).render(context, request)
    except Exception:  # noqa: BLE001 - the page about a failure must not fail: session, user or template may be broken
        title = escape(error.title())
        return f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>'


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer a request Django itself found suspicious (handler400)."""
    return respond(Malformed(), request)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer a page nobody may see with these rights (handler403)."""
    return respond(Forbidden(), request)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer an address nothing stands at (handler404)."""
    return respond(NotFound(), request)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what the bank itself did wrong (handler500)."""
    problems.logger.error("unexpected exception", exc_info=True)
    return respond(problems.InternalError(), request)
