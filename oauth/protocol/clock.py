"""How far apart two clocks may be (FAPI 2.0, 5.3.2.1: up to 10 seconds ahead is fine, over 60 is not)."""

from datetime import datetime
from typing import Any

MOST_SECONDS_AHEAD = 30


def number(value: Any) -> int | None:
    """Return a NumericDate (RFC 7519, 2) as whole seconds, or None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 40:
        return None
    return int(value)


def begins_too_late(value: Any, now: datetime) -> bool:
    """Return whether `iat` or `nbf` is no date, or lies further ahead than clocks may differ."""
    moment = number(value)
    return moment is None or moment > now.timestamp() + MOST_SECONDS_AHEAD


def is_over(value: Any, now: datetime) -> bool:
    """Return whether `exp` is no date, or has passed."""
    moment = number(value)
    return moment is None or moment <= now.timestamp()
