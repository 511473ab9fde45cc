"""The RateLimit header fields of draft-ietf-httpapi-ratelimit-headers-10: structured fields, in one place.

RateLimit-Policy: "api_read.client";q=600;w=60       600 in a window of 60 seconds
RateLimit: "api_read.client";r=599;t=42              599 remain, the window ends in 42 seconds
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of one limit is used: the count includes the present request."""

    policy: str
    limit: int
    window_seconds: int
    count: int
    seconds_left: int

    @property
    def exceeded(self) -> bool:
        """Whether the present request is one too many."""
        return self.count > self.limit

    @property
    def remaining(self) -> int:
        """How many more requests fit into the window."""
        return max(0, self.limit - self.count)


def headers(usages: Iterable[Usage]) -> dict[str, str]:
    """Return both header fields; nothing limited, no header."""
    used = tuple(usages)
    if not used:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{u.policy}";q={u.limit};w={u.window_seconds}' for u in used),
        "RateLimit": ", ".join(f'"{u.policy}";r={u.remaining};t={max(0, u.seconds_left)}' for u in used),
    }
