"""Where a call goes: an https URL with a host's name, and the addresses found and checked for it."""

import contextlib
import re
import socket
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from bank.outbound.addresses import Address, is_public, read_address
from bank.outbound.failures import CallFailed, CallRefused

LONGEST_URL = 512
HTTPS = 443
FIRST_UNPRIVILEGED_PORT = 1024
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter: 127.1, 0x7f.1, 017700000001 and every other number is no name.
_NAME = re.compile(rf"({_LABEL}\.)*[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?", re.ASCII)
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
# getaddrinfo knows no time limit: a name server that is slow holds one of these, never the caller.
_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolver")


@dataclass(frozen=True, slots=True)
class Destination:
    """A host by name, the port, what to ask for there, and the only addresses to connect to."""

    host: str
    port: int
    target: str
    addresses: tuple[str, ...]


def check_url(url: str) -> SplitResult:
    """Return the parts of a URL the bank may call, without looking its name up; raises CallRefused."""
    if len(url) > LONGEST_URL or not _VISIBLE.fullmatch(url) or "\\" in url:
        raise CallRefused("The URL is too long, or holds characters that do not belong into one.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise CallRefused("This is not a URL.") from error
    if parts.scheme != "https" or {"@", "["} & set(parts.netloc) or "#" in url:
        raise CallRefused("The URL must begin with https:// and hold no user, bracket or fragment.")
    if not _NAME.fullmatch(parts.hostname or "") or len(parts.hostname or "") > 253:
        raise CallRefused("The URL must name its host; an address or a name with other letters is not taken.")
    if port is not None and port != HTTPS and port < FIRST_UNPRIVILEGED_PORT:
        raise CallRefused("The port must be 443, or 1024 and above.")
    return parts


def find(url: str, *, within_seconds: float) -> Destination:
    """Return where a URL leads, every address of it checked; raises CallRefused, CallFailed."""
    parts = check_url(url)
    host, port = str(parts.hostname), parts.port or HTTPS
    addresses = _looked_up(host, port, within_seconds)
    if not addresses:
        raise CallFailed("The name of the host leads nowhere.")
    # One bad address is enough: a name that leads inside and outside is there to confuse.
    if not all(_may_be_called(host, address) for address in addresses):
        raise CallRefused("The name of the host leads to an address the bank does not call.")
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Destination(host, port, target, tuple(str(address) for address in addresses))


def check_destination(url: str, *, within_seconds: float) -> None:
    """Raise CallRefused unless a URL may be called as far as one can say now.

    A name that leads nowhere yet is taken: each call looks it up and judges it anew.
    """
    check_url(url)
    with contextlib.suppress(CallFailed):
        find(url, within_seconds=within_seconds)


def _looked_up(host: str, port: int, within_seconds: float) -> Collection[Address]:
    asked: Future[Any] = _resolvers.submit(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    try:
        found = [read_address(str(entry[4][0])) for entry in asked.result(timeout=within_seconds)]
    except (OSError, UnicodeError, TimeoutError) as error:
        asked.cancel()
        raise CallFailed("The name of the host was not found in time.") from error
    if None in found:
        raise CallRefused("The name of the host leads to an address the bank does not call.")
    return dict.fromkeys(address for address in found if address is not None)


def _may_be_called(host: str, address: Address) -> bool:
    if host in settings.OUTBOUND_LOOPBACK_HOSTS:
        return address.is_loopback
    refused = (ip_network(network) for network in settings.OUTBOUND_REFUSED_NETWORKS)
    return is_public(address) and not any(address in network for network in refused)
