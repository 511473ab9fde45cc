"""What an app authenticates with: its keys, here or by reference, or whom its certificate names."""

from collections.abc import Mapping
from typing import Any

from bank.outbound import CallRefused, check_url
from oauth import rules
from oauth.errors import ClientMetadataRefused
from oauth.models import Client
from oauth.models.clients import PRIVATE_KEY_JWT, SUBJECTS
from oauth.protocol import jose, mtls

METHODS = (PRIVATE_KEY_JWT, *mtls.METHODS)


def set_method(client: Client, method: str, *, bound_to_certificate: bool) -> None:
    """Set how a client authenticates and what its tokens are bound to. Raises ClientMetadataRefused."""
    if method not in METHODS:
        raise ClientMetadataRefused(f"{method} is not a way to authenticate here")
    client.token_endpoint_auth_method = method
    client.tls_client_certificate_bound_access_tokens = bound_to_certificate
    client.dpop_bound_access_tokens = not bound_to_certificate


def give_keys(client: Client, jwks: dict[str, Any] | None, jwks_uri: str) -> None:
    """Set the keys of a client, here or by reference, never both (RFC 7591, 2)."""
    if jwks_uri and jwks:
        raise ClientMetadataRefused("give jwks or jwks_uri, not both")
    if jwks_uri:
        _check_reference(jwks_uri)
    else:
        _check_keys(client.token_endpoint_auth_method, jwks or {})
    client.client_jwks, client.client_jwks_uri = jwks or {}, jwks_uri


def give_certificate(client: Client, subject: Mapping[str, str]) -> None:
    """Set whom the certificate of a client with `tls_client_auth` names (RFC 8705, 2.1.2)."""
    if client.token_endpoint_auth_method == mtls.TLS_CLIENT_AUTH:
        rules.check_one_subject(subject)
    for name, value in subject.items():
        if name not in SUBJECTS or not mtls.is_subject(name, value):
            raise ClientMetadataRefused(f"{name} is not the name of a certificate's subject")
        setattr(client, name, value)


def _check_reference(jwks_uri: str) -> None:
    try:
        check_url(jwks_uri)
    except CallRefused as refused:
        raise ClientMetadataRefused(f"jwks_uri: {refused}") from refused


def _check_keys(method: str, jwks: dict[str, Any]) -> None:
    if jose.holds_private_key(jwks):
        raise ClientMetadataRefused("jwks holds a private key; it must be changed, whoever saw this knows it")
    if method == PRIVATE_KEY_JWT and not jose.public_keys(jwks):
        raise ClientMetadataRefused("jwks holds no key for PS256, ES256 or EdDSA")
    if method == mtls.SELF_SIGNED and not mtls.certificates_in(jwks):
        raise ClientMetadataRefused("jwks holds no key with its certificate (x5c; RFC 8705, 2.2.2)")
