"""JSON of any text there is, fast: also of half a character (a lone surrogate), which orjson refuses."""

import json
from collections.abc import Callable
from typing import Any

import orjson


def written(value: Any, *, default: Callable[[Any], Any] | None = None) -> bytes:
    """Return a value as JSON; `default` says what else is written as."""
    try:
        return orjson.dumps(value, default=default)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=default).encode()  # escapes the half
