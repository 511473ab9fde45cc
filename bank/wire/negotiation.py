"""Which form an answer takes and who reads a body: strictly one JSON, unless a view offers more."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation

ANYTHING = frozenset({"", "*/*", "application/json", "application/*", "application/problem+json"})


class Negotiation(DefaultContentNegotiation):
    """DRF's, with a short way for what nearly every caller says."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer for the Accept header; raises NotAcceptable (406)."""
        if request.META.get("HTTP_ACCEPT", "") in ANYTHING:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return the one parser that may read this body: a body without a type has none (415)."""
        return super().select_parser(request, parsers) if request.content_type else None
