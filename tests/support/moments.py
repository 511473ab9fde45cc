"""Moments of hostile claims: said from when a test runs, not from when it was collected."""

import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class In:
    """A moment so many seconds after the request is made, whenever that is."""

    seconds: int

    def __str__(self) -> str:
        return f"in {self.seconds} s"

    __repr__ = __str__


def from_now(claims: dict[str, Any]) -> dict[str, Any]:
    """Return the claims with each `In` as seconds since 1970."""
    now = int(time.time())
    return {name: now + value.seconds if isinstance(value, In) else value for name, value in claims.items()}
