"""Which form an answer takes and who reads a body: strictly one JSON, unless a view offers more."""

import re
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.utils.mediatypes import _MediaType

ANYTHING = frozenset({"", "*/*", "application/json", "application/*", "application/problem+json"})
NOTHING = re.compile(r"0(\.0{0,3})?")


class Negotiation(DefaultContentNegotiation):
    """DRF's, with a short way for what nearly every caller says."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer for the Accept header; raises NotAcceptable (406)."""
        if request.META.get("HTTP_ACCEPT", "") in ANYTHING:
            return renderers[0], renderers[0].media_type
        accepted = [_MediaType(range_) for range_ in self.get_accept_list(request)]
        wanted = [renderer for renderer in renderers if not _is_refused(renderer.media_type, accepted)]
        return super().select_renderer(request, wanted, format_suffix)

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return the one parser that may read this body: a body without a type has none (415)."""
        return super().select_parser(request, parsers) if request.content_type else None


def _is_refused(media_type: str, accepted: list[_MediaType]) -> bool:
    """Return whether what says most exactly this type gives it a weight of nothing (RFC 9110, 12.4.2)."""
    ranges = [range_ for range_ in accepted if _MediaType(media_type).match(range_)]
    closest = max(ranges, key=lambda range_: range_.precedence, default=None)
    return closest is not None and bool(NOTHING.fullmatch(closest.params.get("q", "")))
