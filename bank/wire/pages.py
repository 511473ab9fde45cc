"""Pages of a list by keyset: the cursor says after which row to go on, so nothing is lost or repeated.

A cursor is opaque and signed, and holds only for the list and the filters it was made for.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from rest_framework import serializers
from rest_framework.response import Response

from bank.errors import FieldError
from bank.wire.errors import InvalidQuery
from bank.wire.query import StrictQuery
from bank.wire.serializers import QueryIntegerField, StrictCharField

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
_MAC_BYTES = 16


class PageQuery(StrictQuery):
    """limit 1-100 and the cursor of the page before."""

    limit = QueryIntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    cursor = StrictCharField(max_length=512, required=False)


class PageAnswer(serializers.Serializer[Any]):
    """What every page of a list says besides its `data`."""

    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


def read_cursor(request: Any, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the cursor says (the keyset values), or None on the first page; raises InvalidQuery."""
    text = asked.get("cursor")
    return None if text is None else _open(text, _list_of(request))


def page(
    request: Any,
    rows: Sequence[Any],
    *,
    limit: int,
    key: Callable[[Any], dict[str, Any]],
    item: Callable[[Any], Any] = lambda row: row,
) -> Response:
    """Answer one page of `limit + 1` rows: `key` gives a row's keyset values, `item` its form."""
    shown, more = rows[:limit], len(rows) > limit
    cursor = _seal(key(shown[-1]), _list_of(request)) if more else None
    body = {"data": [item(row) for row in shown], "has_more": more, "next_cursor": cursor}
    return Response(body, headers={"Link": _next_link(request, cursor)} if cursor else None)


def _list_of(request: Any) -> bytes:
    """Name the list and its filters: the cursor of one account's list is none for another's."""
    filters = sorted((name, value) for name, value in request.GET.items() if name not in {"cursor", "limit"})
    return orjson.dumps([request.path, filters])


def _seal(values: dict[str, Any], of: bytes) -> str:
    body = orjson.dumps(values)
    return base64.urlsafe_b64encode(_mac(body, of) + body).rstrip(b"=").decode()


def _open(text: str, of: bytes) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(body, of)):
        raise InvalidQuery(errors=[FieldError("?cursor", "invalid", "this is not a cursor of this list")])
    values: dict[str, Any] = orjson.loads(body)
    return values


def _mac(body: bytes, of: bytes) -> bytes:
    length = len(of).to_bytes(4)
    return hmac.digest(_key(settings.SECRET_KEY), length + of + body, "sha256")[:_MAC_BYTES]


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"bank.wire.pages:" + secret.encode()).digest()


def _next_link(request: Any, cursor: str) -> str:
    """Return the address of the next page (RFC 8288) on the configured origin, never on the Host header."""
    query = urlencode({**request.GET.dict(), "cursor": cursor})
    return f'<{settings.PUBLIC_ORIGIN}{request.path}?{query}>; rel="next"'
