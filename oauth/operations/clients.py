"""Apps: registered, and led home to another address."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from audit.actor import Actor
from audit.operations import record
from oauth import rules, scopes
from oauth.errors import ClientMetadataRefused
from oauth.models import Client, User
from oauth.models.clients import NO_AUTHENTICATION, PRIVATE_KEY_JWT
from oauth.operations.client_credentials import give_certificate, give_keys, set_method


def register_client(
    *,
    name: str,
    redirect_uris: Sequence[str],
    scope: str,
    jwks: dict[str, Any] | None = None,
    jwks_uri: str = "",
    client_id: str | None = None,
    first_party: bool = False,
    organisation: str = "",
    purpose: str = "",
    homepage: str = "",
    privacy_notice: str = "",
    token_endpoint_auth_method: str = PRIVATE_KEY_JWT,
    certificate_subject: Mapping[str, str] | None = None,
    bound_to_certificate: bool = False,
    owner: User | None = None,
    by: Actor,
) -> Client:
    """Register an app: how it authenticates, and whether a key (DPoP) or a certificate binds its tokens.

    `jwks` is its public JWK Set, or `jwks_uri` where it stands; `scope` the largest scope it may ask for;
    `certificate_subject` the one `tls_client_auth_*` member of RFC 8705, 2.1.2; `owner` its developer.
    Raises ClientMetadataRefused.
    """
    _check_metadata(redirect_uris, scope, own=first_party)
    client = _new(name, redirect_uris, scope, client_id)
    set_method(client, token_endpoint_auth_method, bound_to_certificate=bound_to_certificate)
    give_keys(client, jwks, jwks_uri)
    give_certificate(client, certificate_subject or {})
    client.first_party, client.user = first_party, owner
    client.organisation, client.purpose = organisation, purpose
    client.homepage, client.privacy_notice = homepage, privacy_notice
    return _save(client, by)


def register_explorer(*, client_id: str, redirect_uri: str, scope: str, by: Actor) -> Client:
    """Register the explorer of the sandbox: the one public client, with PKCE and bearer tokens.

    The endpoints refuse it outside the sandbox. Raises ClientMetadataRefused.
    """
    _check_metadata([redirect_uri], scope)
    client = _new("API explorer", [redirect_uri], scope, client_id)
    client.client_type = Client.CLIENT_PUBLIC
    client.token_endpoint_auth_method = NO_AUTHENTICATION
    client.require_pushed_authorization_requests = False
    client.dpop_bound_access_tokens = False
    client.organisation = "Harbour Bank"
    client.purpose = "Try the API from the browser, in the sandbox."
    return _save(client, by)


def change_keys(client_id: str, *, jwks: dict[str, Any] | None, jwks_uri: str, by: Actor) -> Client:
    """Replace an app's keys at once; for an overlap it sends the old beside the new.

    Raises ClientMetadataRefused.
    """
    with transaction.atomic():
        client = Client.objects.select_for_update().get(client_id=client_id)
        before = [client.client_jwks, client.client_jwks_uri]
        give_keys(client, jwks, jwks_uri)
        client.save(update_fields=["client_jwks", "client_jwks_uri"])
        after = [client.client_jwks, client.client_jwks_uri]
        record("client.changed", by=by, target=("client", client_id), changes={"keys": (before, after)})
    return client


def change_redirect_uris(client_id: str, redirect_uris: Sequence[str], *, by: Actor) -> None:
    """Replace where an app's customers are sent back to. Raises ClientMetadataRefused."""
    for uri in redirect_uris:
        rules.check_redirect_uri(uri)
    with transaction.atomic():
        client = Client.objects.select_for_update().get(client_id=client_id)
        before, client.redirect_uris = client.redirect_uris, " ".join(redirect_uris)
        if client.redirect_uris != before:
            client.save(update_fields=["redirect_uris"])
            record(
                "client.changed",
                by=by,
                target=("client", client_id),
                changes={"redirect_uris": {"from": before, "to": client.redirect_uris}},
            )


def _check_metadata(redirect_uris: Sequence[str], scope: str, *, own: bool = False) -> None:
    if not redirect_uris:
        raise ClientMetadataRefused("a redirect URI is needed")
    for uri in redirect_uris:
        rules.check_redirect_uri(uri)
    known = {**scopes.all_scopes(), **(scopes.own_app_scopes() if own else {})}
    rules.check_scopes(scopes.split(scope), known)


def _new(name: str, redirect_uris: Sequence[str], scope: str, client_id: str | None) -> Client:
    client = Client(
        name=name,
        redirect_uris=" ".join(redirect_uris),
        scopes=scopes.split(scope),
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_AUTHORIZATION_CODE,
    )
    if client_id:
        client.client_id = client_id
    return client


def _save(client: Client, by: Actor) -> Client:
    with transaction.atomic():
        client.save(force_insert=True)
        record(
            "client.registered",
            by=by,
            target=("client", client.client_id),
            changes={
                "name": client.name,
                "redirect_uris": client.redirect_uris,
                "scope": " ".join(client.scopes),
            },
        )
    return client
