"""What a serializer found wrong, as JSON pointers (RFC 6901) into the body."""

from collections.abc import Iterator, Mapping
from typing import Any

from bank.errors import FieldError
from bank.wire.parsers import escape

WHOLE = "non_field_errors"


def field_errors(detail: Any, pointer: str = "") -> list[FieldError]:
    """Return every finding with its place; `?name` stands for a query parameter's place."""
    return list(_walk(detail, pointer))


def _walk(detail: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _walk(inner, pointer if name == WHOLE else f"{pointer}/{escape(str(name))}")
    elif isinstance(detail, (list, tuple)):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list, tuple))
            yield from _walk(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield FieldError(pointer, getattr(detail, "code", None) or "invalid", str(detail))
