"""What can be counted without being read: the tag of an address, a login name or a payee.

A commitment has a salt of its own in every event, so no two can be compared. A tag is the same for the same
value, for one day: an HMAC under a key that the cache alone holds, and forgets after two days. From then on
nobody can tell, guess or link what a tag stood for: nothing has to be erased. Without a cache there is no
tag, and the rules that count them are blind until it is back (sign-in is closed meanwhile).
"""

import contextlib
import ipaddress
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django_redis import get_redis_connection
from redis.exceptions import RedisError

from bank.crypto.macs import mac

KEPT_SECONDS = 2 * 86_400
ASKED_EVERY_SECONDS = 60.0
_DAY = 86_400


@dataclass(slots=True)
class _Key:
    """The key of a day, as this process last heard of it; empty while the cache is away."""

    day: int = -1
    secret: bytes = b""
    asked_at: float = float("-inf")


_known = _Key()


def of(values: Mapping[str, str]) -> dict[str, str]:
    """Return the tag of each value that is not empty; none while the cache is away.

    A tag begins with the last digit of its day: tags of two days are never taken for two values.
    """
    given = {name: value for name, value in values.items() if value}
    day = int(time.time()) // _DAY
    secret = _secret_of(day) if given else b""
    if not secret:
        return {}
    return {name: f"{day % 10}{_tag(secret, name, value)}" for name, value in given.items()}


def network_of(ip: str) -> str:
    """Return what the addresses of one caller share: all of IPv4, the first half of IPv6."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(ip)
        if address.version == 6:
            return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return ip


def _tag(secret: bytes, name: str, value: str) -> str:
    message = f"{name}\x00{value}".encode(errors="surrogatepass")
    return mac(secret, message)[:10].hex()


def _secret_of(day: int) -> bytes:
    """Return the key of a day, asking the cache once a minute: after it was emptied all agree again."""
    now = time.monotonic()
    if _known.day != day or now - _known.asked_at > ASKED_EVERY_SECONDS:
        _known.day, _known.secret, _known.asked_at = day, _ask(day), now
    return _known.secret


def _ask(day: int) -> bytes:
    name = f"audit:tags:{day}"
    try:
        cache = get_redis_connection("default")
        cache.set(name, os.urandom(32), nx=True, ex=KEPT_SECONDS)
        return bytes(cache.get(name) or b"")
    except RedisError:
        return b""
