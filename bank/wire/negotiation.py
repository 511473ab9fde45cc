"""Which form an answer takes and who reads a body: strictly one JSON, unless a view offers more."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation

ANYTHING = frozenset({"", "*/*", "application/json", "application/*", "application/problem+json"})
WEIGHT = re.compile(r";\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.ASCII | re.IGNORECASE)


class Negotiation(DefaultContentNegotiation):
    """DRF's bounds of what is read of a header; of the forms offered, the preferred one."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer for the Accept header; raises NotAcceptable (406)."""
        if request.META.get("HTTP_ACCEPT", "") in ANYTHING:
            return renderers[0], renderers[0].media_type
        by_type = {renderer.media_type: renderer for renderer in renderers}
        best = preferred(self.get_accept_list(request), tuple(by_type))
        if best is None:
            raise NotAcceptable()
        return by_type[best], best

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return the one parser that may read this body: a body without a type has none (415)."""
        return super().select_parser(request, parsers) if request.content_type else None


def preferred(accepted: Iterable[str], offered: Sequence[str]) -> str | None:
    """Return the media type with the greatest weight, or None where all have none (RFC 9110, 12.5.1).

    Of equal ones the one that was asked for most exactly, then the one that is offered first.
    """
    ranges = [_read(text) for text in accepted]
    weights = {media_type: _asked(media_type, ranges) for media_type in offered}
    best = max(offered, key=weights.__getitem__)
    return best if weights[best].weight else None


class _Range(NamedTuple):
    """What a client accepts, and how much it likes that (RFC 9110, 12.4.2 and 12.5.1)."""

    media_type: str
    weight: float

    @property
    def exactness(self) -> int:
        return 2 - self.media_type.count("*")

    def holds(self, media_type: str) -> bool:
        return self.media_type in {"*/*", f"{media_type.partition('/')[0]}/*", media_type}


class _Asked(NamedTuple):
    """How much a form is wanted: greater is more."""

    weight: float
    exactness: int


def _read(text: str) -> _Range:
    """Return a part of the header. Parameters but the weight say nothing: no form of the bank has any."""
    weight = WEIGHT.search(text)
    return _Range(text.partition(";")[0].strip().lower(), float(weight[1]) if weight else 1.0)


def _asked(media_type: str, ranges: list[_Range]) -> _Asked:
    """Return what the range that says most exactly this type says of it."""
    closest = max(
        (range_ for range_ in ranges if range_.holds(media_type)),
        key=lambda each: each.exactness,
        default=None,
    )
    return _Asked(closest.weight, closest.exactness) if closest else _Asked(0.0, 0)
