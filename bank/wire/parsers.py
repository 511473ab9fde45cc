"""JSON as RFC 8259 allows it and RFC 8785 would write it: no duplicate names, no NaN, no surprise.

Everything a lenient parser forgives is a way to make two readers see two things in one payment (security.md).
"""

import json
import re
from collections.abc import Iterator
from itertools import repeat
from typing import IO, Any, ClassVar, NoReturn

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.parsers import BaseParser

from bank.errors import FieldError
from bank.observability.glass_box import acts
from bank.wire.errors import BodyTooLarge, InvalidJson, UnsupportedContent

MAX_DEPTH = 16
MAX_NUMBER_LENGTH = 24

# Control characters, invisible marks and fillers, line separators, tags, lone surrogates and non-characters:
# text that looks like one thing and is another, or that breaks out of a log line.
HOSTILE_TEXT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)


class StrictJSONParser(BaseParser):
    """Reads one JSON object in UTF-8; raises InvalidJson, BodyTooLarge or UnsupportedContent."""

    media_type = "application/json"
    most_bytes: ClassVar = "MAX_BODY_BYTES"  # the setting that says how many are read

    @acts(5, "strict JSON: no duplicate keys, no odd numbers, depth and size bounded")
    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the object in the stream."""
        require_utf8_json(media_type or "")
        most = getattr(settings, self.most_bytes)
        body = stream.read(most + 1)
        if len(body) > most:
            raise BodyTooLarge(f"at most {most} bytes are read")
        return self.read(body)

    def read(self, body: bytes) -> Any:
        """Return what these bytes say."""
        return parse_object(body)


def require_utf8_json(content_type: str) -> None:
    """Refuse any media type but application/json and any charset but UTF-8 (RFC 8259, 8.1)."""
    name, parameters = parse_header_parameters(content_type)
    charset = parameters.pop("charset", "utf-8")
    if name != "application/json" or charset.lower() not in {"utf-8", "utf8"} or parameters:
        raise UnsupportedContent()


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the one JSON object in these bytes; raises InvalidJson saying where it is not strict."""
    value = parse_json(body)
    if not isinstance(value, dict):
        _refuse("", "not_an_object", "the body must be one JSON object")
    return value


def parse_json(body: bytes) -> Any:
    """Return the one JSON value in these bytes; raises InvalidJson saying where it is not strict."""
    value = _decode(body)
    if not (_is_bounded(value, MAX_DEPTH) and _is_written_plainly(body)):
        _inspect(value)
    return value


def _decode(body: bytes) -> Any:
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        _refuse("", "not_utf8", "the body is not UTF-8")
    except RecursionError:
        _refuse("", "too_deep", f"at most {MAX_DEPTH} levels are read")
    except json.JSONDecodeError as error:
        _refuse("", "not_json", f"{error.msg} at character {error.pos}")


class _Repeated(dict[str, Any]):
    """An object that named a member twice; found out while walking, where the pointer is known."""

    name: str


_CONTAINERS = frozenset({dict, list, _Repeated})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    marked = _Repeated(result)
    marked.name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return marked


def _number(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        _refuse("", "number_too_long", "a number has too many digits")
    return int(text)


def _float(text: str) -> float:
    value = float(text) if len(text) <= MAX_NUMBER_LENGTH else float("inf")
    if value in (float("inf"), float("-inf")):
        _refuse("", "number_too_long", "a number is too large or has too many digits")
    return value


def _constant(name: str) -> NoReturn:
    _refuse("", "not_json", f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_number, parse_float=_float, parse_constant=_constant
)


def _is_bounded(value: Any, levels: int) -> bool:
    """Return whether no object names a member twice, and none lies deeper than so many levels."""
    kind = type(value)
    if kind not in _CONTAINERS:
        return True
    if kind is _Repeated or not levels:
        return False
    inner = [child for child in (value.values() if kind is dict else value) if type(child) in _CONTAINERS]
    return not inner or all(map(_is_bounded, inner, repeat(levels - 1)))


def _is_written_plainly(body: bytes) -> bool:
    """Return whether no text in this JSON can be hostile, without looking into each.

    Nothing is escaped, and of ASCII only DEL is left: JSON itself refuses the other control characters.
    """
    if b"\\" in body or b"\x7f" in body:
        return False
    return body.isascii() or not HOSTILE_TEXT.search(body.decode("utf-8"))


def _inspect(value: Any, pointer: str = "", depth: int = 1) -> None:
    """Walk the value and refuse, saying where: depth, repeated names and hostile text."""
    if isinstance(value, str):
        require_plain_text(value, pointer)
    elif isinstance(value, (dict, list)):
        if depth > MAX_DEPTH:
            _refuse(pointer, "too_deep", f"at most {MAX_DEPTH} levels are read")
        if isinstance(value, _Repeated):
            _refuse(f"{pointer}/{escape(value.name)}", "repeated", "this name stands here twice")
        for name, child in _children(value):
            _inspect(child, f"{pointer}/{name}", depth + 1)


def _children(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from ((str(index), child) for index, child in enumerate(value))
        return
    for name, child in value.items():
        require_plain_text(name, "")
        yield escape(name), child


def require_plain_text(text: str, pointer: str) -> None:
    """Refuse text with control, direction, invisible or surrogate characters."""
    if HOSTILE_TEXT.search(text):
        _refuse(pointer, "forbidden_character", "control and invisible characters are refused")


def escape(name: str) -> str:
    """Return a name as one token of a JSON pointer (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _refuse(pointer: str, code: str, detail: str) -> NoReturn:
    raise InvalidJson(detail, errors=[FieldError(pointer, code, detail)])
