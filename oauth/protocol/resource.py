"""Resource indicators (RFC 8707): what a token is for. This server has one resource, the bank's own API."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from oauth.protocol.failures import InvalidTarget


def check(parameters: Mapping[str, str], *, origin: str) -> None:
    """Raise InvalidTarget for a token that is to open somebody else's API; without `resource` it is ours."""
    named = parameters.get("resource")
    if named is not None and not _is_at(named, origin):
        raise InvalidTarget(f"resource must be {origin}, or an address below it: there is no other one here.")


def _is_at(named: str, origin: str) -> bool:
    try:
        parts = urlsplit(named)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" == origin and "#" not in named
