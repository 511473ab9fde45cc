"""What an issuer the bank trusts says of an app: a signed software statement (RFC 7591, 2.3).

The issuers and their keys stand in one JSON file: {"https://directory.example": {"keys": [...]}}.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from oauth.protocol import clock, jose
from oauth.protocol.failures import OAuthFailure

log = logging.getLogger(__name__)

# What is about the statement, not about the app
_ABOUT_THE_JWT = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
# What only the bank gives, and what would be a statement in a statement
_NEVER_SAID = frozenset({"software_statement", "client_id", "client_secret", "registration_access_token"})
_KEYS = frozenset({"jwks", "jwks_uri"})


class InvalidSoftwareStatement(OAuthFailure):
    error = "invalid_software_statement"


class UnapprovedSoftwareStatement(OAuthFailure):
    error = "unapproved_software_statement"


def merged(document: Mapping[str, Any], *, issuers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the metadata of a document; what its software statement says goes before it.

    Raises InvalidSoftwareStatement, UnapprovedSoftwareStatement for an issuer the bank does not trust.
    """
    statement = document.get("software_statement")
    if statement is None:
        return dict(document)
    said = _claims(statement, issuers, now)
    # Keys are said in one of two ways: an app's own must not stand beside those it was vouched for with.
    replaced = said.keys() | (_KEYS if _KEYS & said.keys() else frozenset())
    return {**{name: value for name, value in document.items() if name not in replaced}, **said}


def read_issuers(path: str) -> Mapping[str, Any]:
    """Return the trusted issuers and their key sets, read anew when the file changes; none without a file."""
    if not path:
        return {}
    try:
        return _read(path, Path(path).stat().st_mtime_ns)
    except (OSError, ValueError):
        log.exception("the file of trusted issuers of software statements cannot be read")
        return {}


def _claims(statement: object, issuers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    try:
        jwt = jose.read(statement if isinstance(statement, str) else "")
    except jose.JoseRefused as refused:
        raise InvalidSoftwareStatement(str(refused)) from refused
    issuer = jwt.claims.get("iss")
    if not isinstance(issuer, str) or issuer not in issuers:
        raise UnapprovedSoftwareStatement("The bank does not trust who issued the statement.")
    if not any(jose.is_signed_by(jwt, key) for key in jose.candidates(jwt, issuers[issuer])):
        raise InvalidSoftwareStatement("The statement is not signed by a key of its issuer.")
    _check_times(jwt.claims, now)
    if refused_members := sorted(_NEVER_SAID & jwt.claims.keys()):
        raise InvalidSoftwareStatement(f"A statement holds no {', '.join(refused_members)}.")
    return {name: value for name, value in jwt.claims.items() if name not in _ABOUT_THE_JWT}


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    if "exp" in claims and clock.is_over(claims["exp"], now):
        raise InvalidSoftwareStatement("The statement has expired.")
    for name in ("iat", "nbf"):
        if name in claims and clock.begins_too_late(claims[name], now):
            raise InvalidSoftwareStatement(f"{name} lies in the future.")


@lru_cache(maxsize=4)
def _read(path: str, changed: int) -> dict[str, Any]:
    issuers = json.loads(Path(path).read_text())
    if not isinstance(issuers, dict) or not all(jose.public_keys(jwks) for jwks in issuers.values()):
        raise ValueError("the file must hold an object of issuers, each with a JWK Set of sound public keys")
    return issuers
