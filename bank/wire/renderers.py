"""JSON out, by orjson: times in RFC 3339 with Z, never a float made from money (money is text)."""

from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

from bank.observability.glass_box import acts


def _other(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form on the wire")


def dumps(value: Any) -> bytes:
    """Return the JSON of a value; raises TypeError for a type that has no form on the wire."""
    return orjson.dumps(value, default=_other, option=orjson.OPT_UTC_Z)


class JSONRenderer(BaseRenderer):
    """Writes answers as application/json."""

    media_type = "application/json"
    format = "json"
    charset = None

    @acts(5, "answer encoded")
    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Return the body; an answer without data has an empty one."""
        return b"" if data is None else dumps(data)
