"""Where a request comes from, believed only as far as our own proxies vouch for it."""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - not bound to: the address of a peer that has none


def client_address(request: HttpRequest) -> str:
    """Return the client's address: the peer, or the hop our configured number of proxies saw.

    X-Forwarded-For is counted from the right: each proxy appends the peer it saw, and what stands further
    left was written by the client (security.md: rotating headers passed a limit keyed on the leftmost).
    From a peer that is no proxy of ours, all of it was.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    hops, ours = settings.TRUSTED_PROXY_COUNT, tuple(settings.TRUSTED_PROXIES)
    if not hops or (ours and not is_within(peer, ours)):
        return normalised(peer)
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return normalised(forwarded[-hops].strip() if len(forwarded) >= hops else peer)


@lru_cache(maxsize=4096)
def is_within(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether a peer's address lies in one of these networks."""
    address = ipaddress.ip_address(normalised(peer))
    return any(address in ipaddress.ip_network(network) for network in networks)


@lru_cache(maxsize=4096)
def normalised(text: str) -> str:
    """Return an address in its one form, IPv4 out of IPv6 mapping; what is none is UNKNOWN."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return UNKNOWN
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return what limits count as one place: an IPv4 address, or the /64 one IPv6 customer holds."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)


def is_narrow(network: str) -> bool:
    """Whether a text names a network small enough to be of our own proxies: a /16 of IPv4, a /48 of IPv6."""
    try:
        named = ipaddress.ip_network(network)
    except ValueError:
        return False
    return named.prefixlen >= (16 if named.version == 4 else 48)


FORWARDING = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def is_loopback_peer(request: HttpRequest) -> bool:
    """Whether the peer is on this machine and speaks for nobody else (a proxy here says so in a header)."""
    if any(name in request.META for name in FORWARDING):
        return False
    peer = normalised(request.META.get("REMOTE_ADDR", ""))
    return ipaddress.ip_address(peer).is_loopback
