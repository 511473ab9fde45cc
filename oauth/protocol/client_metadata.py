"""What an app says of itself when it registers (RFC 7591, 2), checked by an allow-list.

Members the bank does not know are ignored (RFC 7591, 2); those it knows are taken only with a value it keeps
to.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bank.wire.parsers import HOSTILE_TEXT
from oauth.protocol.failures import OAuthFailure
from oauth.protocol.jose import ALGORITHMS

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
AUTH_METHODS = ("private_key_jwt",)
MOST_REDIRECT_URIS = 10
LONGEST_REDIRECT_URI = 400
LARGEST_JWKS_KEYS = 16


class InvalidClientMetadata(OAuthFailure):
    error = "invalid_client_metadata"


class InvalidRedirectUri(OAuthFailure):
    error = "invalid_redirect_uri"


@dataclass(frozen=True, slots=True)
class ClientMetadata:
    """A registration as the bank keeps it; names as in the registry of RFC 7591."""

    client_name: str
    redirect_uris: tuple[str, ...]
    scope: str
    jwks: dict[str, Any] | None = None
    jwks_uri: str = ""
    purpose: str = ""
    organisation: str = ""
    client_uri: str = ""
    policy_uri: str = ""
    software_id: str = ""
    software_version: str = ""
    id_token_signed_response_alg: str = "PS256"  # noqa: S105 - an algorithm
    require_signed_request_object: bool = False
    request_object_signing_alg: str = ""
    authorization_signed_response_alg: str = ""
    introspection_signed_response_alg: str = ""
    require_http_message_signatures: bool = False
    token_endpoint_auth_method: str = "private_key_jwt"  # noqa: S105 - a method
    tls_client_certificate_bound_access_tokens: bool = False
    certificate_subject: dict[str, str] = field(default_factory=dict)
    backchannel_logout_uri: str = ""
    software_statement: str = ""  # RFC 7591, 2.3; checked, and what it says is in the other members
    authorization_details_types: tuple[str, ...] = ()  # RFC 9396, 10; none named: all its scope allows


_TEXTS = {
    "client_name": 80,
    "purpose": 200,
    "organisation": 120,
    "client_uri": 200,
    "policy_uri": 200,
    "software_id": 255,
    "software_version": 64,
    "scope": 1000,
    "software_statement": 12_000,
    "jwks_uri": 512,
    "backchannel_logout_uri": 200,
}
# Whose certificate a client shows: one of these (RFC 8705, 2.1.2)
_SUBJECTS = {
    "tls_client_auth_subject_dn": 512,
    "tls_client_auth_san_dns": 255,
    "tls_client_auth_san_uri": 512,
    "tls_client_auth_san_ip": 45,
    "tls_client_auth_san_email": 254,
}
# What the bank does in one way only: a client may say so, and may not say otherwise.
_ONE_WAY: dict[str, Collection[Any]] = {
    "token_endpoint_auth_signing_alg": ALGORITHMS,
    "subject_type": ("public",),
    "application_type": ("web",),
}
_BOUND_TO_CERTIFICATE = "tls_client_certificate_bound_access_tokens"
_FLAGS = ("require_signed_request_object", "require_http_message_signatures", _BOUND_TO_CERTIFICATE)


def read(
    document: Mapping[str, Any], *, signing: Collection[str], methods: Collection[str] = AUTH_METHODS
) -> ClientMetadata:
    """Return the metadata of a document; `signing` are the algorithms the bank signs with, `methods` how an
    app may authenticate.

    Raises InvalidRedirectUri, InvalidClientMetadata.
    """
    _check_one_way(document)
    texts = {name: _text(document, name, longest) for name, longest in _TEXTS.items()}
    if not texts["client_name"]:
        raise InvalidClientMetadata("client_name is missing: customers read it.")
    members: dict[str, Any] = {
        **texts,
        **_algorithms(document, signing),
        **{name: _flag(document, name) for name in _FLAGS},
        "token_endpoint_auth_method": _method(document, methods),
        "certificate_subject": _certificate_subject(document),
        "authorization_details_types": tuple(_list(document, "authorization_details_types", [])),
    }
    _check_binding(document, by_certificate=members[_BOUND_TO_CERTIFICATE], methods=methods)
    return ClientMetadata(redirect_uris=_redirect_uris(document), jwks=_jwks(document), **members)


def _check_one_way(document: Mapping[str, Any]) -> None:
    for name, allowed in _ONE_WAY.items():
        if document.get(name) is not None and document[name] not in list(allowed):
            raise InvalidClientMetadata(f"{name} must be {' or '.join(allowed)}.")
    if document.get("require_pushed_authorization_requests", True) is not True:
        raise InvalidClientMetadata("require_pushed_authorization_requests cannot be switched off.")
    _check_flow(document)


def _check_flow(document: Mapping[str, Any]) -> None:
    grant_types = _list(document, "grant_types", ["authorization_code"])
    if not set(grant_types) <= set(GRANT_TYPES) or "authorization_code" not in grant_types:
        raise InvalidClientMetadata(
            "grant_types are authorization_code, refresh_token and client_credentials."
        )
    if _list(document, "response_types", ["code"]) != ["code"]:
        raise InvalidClientMetadata("response_types must be code.")


def _method(document: Mapping[str, Any], methods: Collection[str]) -> str:
    """Return how an app authenticates: by private_key_jwt unless it says otherwise (FAPI 2.0, 5.3.2.1)."""
    method = _text(document, "token_endpoint_auth_method", 64) or AUTH_METHODS[0]
    if method not in methods:
        raise InvalidClientMetadata(f"token_endpoint_auth_method must be {' or '.join(methods)}.")
    return method


def _certificate_subject(document: Mapping[str, Any]) -> dict[str, str]:
    """Return whom a certificate names; what cannot be a subject is found out when it is kept."""
    found = {name: _text(document, name, longest) for name, longest in _SUBJECTS.items()}
    return {name: text for name, text in found.items() if text}


def _check_binding(document: Mapping[str, Any], *, by_certificate: bool, methods: Collection[str]) -> None:
    """A token is bound to a key or to a certificate: to one of the two (FAPI 2.0, 5.3.2.1)."""
    if by_certificate and set(methods) == set(AUTH_METHODS):
        raise InvalidClientMetadata(f"{_BOUND_TO_CERTIFICATE}: the bank asks for no certificates here.")
    if document.get("dpop_bound_access_tokens", not by_certificate) is not (not by_certificate):
        raise InvalidClientMetadata("Tokens are bound to a DPoP key or to a certificate, to one of the two.")


def _redirect_uris(document: Mapping[str, Any]) -> tuple[str, ...]:
    given = document.get("redirect_uris")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_REDIRECT_URIS:
        raise InvalidRedirectUri(f"redirect_uris must be a list of 1 to {MOST_REDIRECT_URIS}.")
    if not all(isinstance(uri, str) and 0 < len(uri) <= LONGEST_REDIRECT_URI for uri in given):
        raise InvalidRedirectUri(f"A redirect URI is a string of at most {LONGEST_REDIRECT_URI} characters.")
    if len(set(given)) != len(given):
        raise InvalidRedirectUri("A redirect URI is there twice.")
    return tuple(given)


def _jwks(document: Mapping[str, Any]) -> dict[str, Any] | None:
    jwks = document.get("jwks")
    if jwks is None:
        return None
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= LARGEST_JWKS_KEYS:
        raise InvalidClientMetadata(f"jwks must be a JWK Set of 1 to {LARGEST_JWKS_KEYS} keys.")
    return {"keys": keys}


def _algorithms(document: Mapping[str, Any], signing: Collection[str]) -> dict[str, str]:
    found = {}
    for name, allowed, default in (
        ("id_token_signed_response_alg", signing, "PS256"),
        ("authorization_signed_response_alg", signing, ""),
        ("introspection_signed_response_alg", signing, ""),
        ("request_object_signing_alg", ALGORITHMS, ""),
    ):
        found[name] = _text(document, name, 16) or default
        if found[name] and found[name] not in allowed:
            raise InvalidClientMetadata(f"{name} must be {' or '.join(allowed)}.")
    return found


def _text(document: Mapping[str, Any], name: str, longest: int) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidClientMetadata(f"{name} must be a string of at most {longest} characters.")
    if HOSTILE_TEXT.search(value):
        raise InvalidClientMetadata(f"{name} holds control or invisible characters.")
    return value.strip()


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidClientMetadata(f"{name} must be true or false.")
    return bool(value)


def _list(document: Mapping[str, Any], name: str, default: list[str]) -> list[str]:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidClientMetadata(f"{name} must be a list of strings.")
    return value
