"""What must be true of clients and consents. Pure functions."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from bank.access.permissions import SERVICE_SCOPES
from oauth.errors import ApiKeyRefused, ChoiceNotOffered, ClientMetadataRefused, NothingChosen

# No "*" and no "#", no backslash that browsers read as a slash, no brackets of an IPv6 address.
_URI = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()+,;=%]+", re.ASCII)
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)
# What the bank adds to a redirect URI: an app's own would make an answer ambiguous.
_OURS = frozenset({"code", "state", "iss", "error", "error_description", "response"})

CONSENT_DAYS = 90
REQUEST_SECONDS = 590
CODE_SECONDS = 60
ACCESS_TOKEN_SECONDS = 300


def consent_expires_at(begins_at: datetime) -> datetime:
    """Return when a consent ends that begins now, unless it is revoked before."""
    return begins_at + timedelta(days=CONSENT_DAYS)


def token_seconds(now: datetime, consent_expires: datetime) -> int:
    """Return how long an access token lives: five minutes, and never longer than its consent."""
    return max(0, min(ACCESS_TOKEN_SECONDS, int((consent_expires - now).total_seconds())))


def check_chosen(offered: Iterable[tuple[str, bool]], chosen: Sequence[str]) -> None:
    """Raise unless what was chosen was eligible, and something was chosen if anything could be."""
    eligible = {value for value, is_eligible in offered if is_eligible}
    if not set(chosen) <= eligible:
        raise ChoiceNotOffered()
    if eligible and not chosen:
        raise NothingChosen()


def check_one_chosen(offered: Iterable[tuple[str, bool]], chosen: Sequence[str]) -> None:
    """Raise unless exactly one thing was chosen, and it was eligible."""
    check_chosen(offered, chosen)
    if not chosen:
        raise NothingChosen()
    if len(chosen) > 1:
        raise ChoiceNotOffered()


def digest_of(shown: Any) -> str:
    """Return the SHA-256 of what a person was shown, in one canonical form."""
    return hashlib.sha256(canonical(shown).encode()).hexdigest()


def canonical(shown: Any) -> str:
    """Return what a person was shown in its one canonical form."""
    return json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def check_redirect_uri(uri: str) -> None:
    """Raise ClientMetadataRefused unless a redirect URI is exact and https (RFC 9700, 2.1; RFC 3986)."""
    if not _URI.fullmatch(uri):
        raise ClientMetadataRefused(
            "a redirect URI is written in visible ASCII, without wildcard or fragment"
        )
    try:
        parts = urlsplit(uri)
        port_is_sound = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ClientMetadataRefused(f"{uri} is not a URL") from error
    if parts.scheme != "https" or not _HOST.fullmatch(parts.hostname or "") or not port_is_sound:
        raise ClientMetadataRefused(f"{uri} must be an https URL with a host's name")
    if "@" in parts.netloc or {".", ".."} & set(unquote(parts.path).split("/")):
        raise ClientMetadataRefused(f"{uri} must hold no user and no dot segments")
    if _OURS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        raise ClientMetadataRefused(f"{uri} must not bring parameters of the answer")


def check_one_subject(subject: Mapping[str, str]) -> None:
    """Raise ClientMetadataRefused unless a client says in exactly one way whom its certificate names."""
    if len(subject) != 1:
        raise ClientMetadataRefused(
            "tls_client_auth needs exactly one tls_client_auth_* member (RFC 8705, 2.1.2)"
        )


def check_scopes(asked: Iterable[str], known: Collection[str]) -> None:
    """Raise ClientMetadataRefused when a client is to be given a scope that does not exist."""
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise ClientMetadataRefused(f"there is no scope {', '.join(unknown)}")


MOST_KEY_DAYS = 365
_SERVICE = re.compile("[a-z][a-z0-9-]{1,60}")


def check_api_key(*, service: str, scopes: Sequence[str], days: int) -> None:
    """Raise ApiKeyRefused unless a service may have such a key: nothing in it reaches what is people's."""
    if not _SERVICE.fullmatch(service):
        raise ApiKeyRefused("a service is named by small letters, digits and hyphens")
    if not scopes or not set(scopes) <= SERVICE_SCOPES:
        raise ApiKeyRefused(f"a key is for {', '.join(sorted(SERVICE_SCOPES))}, and for nothing else")
    if not 1 <= days <= MOST_KEY_DAYS:
        raise ApiKeyRefused(f"a key lasts from 1 to {MOST_KEY_DAYS} days")


def read_networks(networks: Iterable[str]) -> list[str]:
    """Return networks in their one form, such as 192.0.2.0/24; raises ApiKeyRefused."""
    try:
        return [str(ip_network(network)) for network in networks]
    except ValueError as error:
        raise ApiKeyRefused("a network is written as 192.0.2.0/24 or 2001:db8::/32") from error
