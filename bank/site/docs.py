"""The plain reference: the OpenAPI document and the errors, as HTML that needs no JavaScript."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.module_loading import autodiscover_modules
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from bank.access.gate import PUBLIC, page_for
from bank.access.rate_limits import limit
from bank.problems import all_errors, status_of
from bank.site.openapi_page import Section, sections


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One error, as its page shows it."""

    code: str
    status: int
    reason_code: str
    title: str


@page_for(PUBLIC)
@limit("pages")
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show every operation of the API."""
    return render(request, "site/docs.html", {"sections": _sections()})


@page_for(PUBLIC)
@limit("pages")
@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Show every error the bank can answer with."""
    return render(request, "site/docs_errors.html", {"rows": _errors().values()})


@page_for(PUBLIC)
@limit("pages")
@require_safe
def error(request: HttpRequest, code: str) -> HttpResponse:
    """Show one error; the `type` of every problem+json answer leads here (RFC 9457, 3.1.1)."""
    try:
        row = _errors()[code]
    except KeyError as missing:
        raise Http404 from missing
    return render(request, "site/docs_error.html", {"row": row})


@cache
def _sections() -> list[Section]:
    """The document does not change while the process lives."""
    generator: Any = SchemaGenerator
    with translation.override(settings.LANGUAGE_CODE):  # kept for all who come after
        document: dict[str, Any] = generator().get_schema(request=None, public=True)
    return sections(document)


@cache
def _errors() -> dict[str, ErrorRow]:
    autodiscover_modules("errors")
    return {
        kind.code: ErrorRow(kind.code, status_of(kind), kind.reason_code, kind.title())
        for kind in all_errors()
    }
