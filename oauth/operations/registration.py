"""Apps that register, read, change and remove themselves (RFC 7591, RFC 7592)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.operations import withdraw_request
from audit.actor import Actor
from audit.operations import record
from bank.outbound import CallRefused, check_url
from oauth import authorization_details, rules, scopes
from oauth.actors import token_reference
from oauth.errors import ClientMetadataRefused, RegistrationRefused
from oauth.models import Client, Consent, InitialAccessToken, SoftwareStatement, User
from oauth.models.clients import REVIEWED, SUBJECTS
from oauth.operations.client_credentials import give_certificate, give_keys, set_method
from oauth.operations.client_life import GOING_LIVE
from oauth.operations.consent_rows import end
from oauth.protocol import secrets
from oauth.protocol.client_metadata import ClientMetadata, InvalidClientMetadata, InvalidRedirectUri
from oauth.protocol.software_statement import InvalidSoftwareStatement

INITIAL_TOKEN_DAYS = 14
MOST_CLIENTS_OF_A_TOKEN = 20
_KEPT_AS_SAID = (
    "software_id",
    "software_version",
    "id_token_signed_response_alg",
    "require_signed_request_object",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
    "require_http_message_signatures",
    "backchannel_logout_uri",
)
_TYPES = "authorization_details_types"
_KEYS = ("client_jwks", "client_jwks_uri")
_CREDENTIALS = ("token_endpoint_auth_method", "tls_client_certificate_bound_access_tokens")


@dataclass(frozen=True, slots=True)
class Registered:
    """A new registration, and the secret that manages it: shown now and never again."""

    client: Client
    registration_access_token: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A new initial access token as it is kept, and the secret itself: shown now and never again."""

    kept: InitialAccessToken
    text: str


def issue_initial_access_token(*, organisation: str, clients: int, by: Actor) -> Issued:
    """Return a new initial access token, good for fourteen days; raises ClientMetadataRefused."""
    if not organisation.strip() or not 1 <= clients <= MOST_CLIENTS_OF_A_TOKEN:
        raise ClientMetadataRefused(f"name the organisation, and 1 to {MOST_CLIENTS_OF_A_TOKEN} apps")
    text = secrets.new(secrets.INITIAL)
    now = timezone.now()
    with transaction.atomic():
        token = InitialAccessToken.objects.create(
            token_checksum=secrets.checksum(text),
            organisation=organisation.strip(),
            clients_left=clients,
            issued_by_id=by.user_id,
            created_at=now,
            expires_at=now + timedelta(days=INITIAL_TOKEN_DAYS),
        )
        changes = {"organisation": token.organisation, "clients": clients}
        record("registration.allowed", by=by, target=("initial_access_token", token.id), changes=changes)
    return Issued(token, text)


def register_app(
    metadata: ClientMetadata, *, initial_access_token: str | None = None, owner: User | None = None, by: Actor
) -> Registered:
    """Register an app as it describes itself, in the state `sandbox`.

    Raises RegistrationRefused for an initial access token that is not good, InvalidRedirectUri,
    InvalidClientMetadata.
    """
    client = Client(
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_AUTHORIZATION_CODE,
        user=owner,
    )
    _describe(client, metadata)
    text = secrets.new(secrets.REGISTRATION)
    client.registration_token_checksum = secrets.checksum(text)
    with transaction.atomic():
        if initial_access_token is not None:
            token = _use(initial_access_token)
            client.initial_access_token, client.organisation = token, token.organisation
            by = replace(by, token_reference=token_reference(token.token_checksum))
        client.save(force_insert=True)
        changes = {**_said(client), **_keep_statement(client, metadata.software_statement)}
        record("client.registered", by=by, target=("client", client.client_id), changes=changes)
    return Registered(client, text)


def update_registration(client: Client, metadata: ClientMetadata, *, by: Actor) -> Client:
    """Replace what an app says of itself (RFC 7592, 2.2).

    A live app changes its keys alone; one in review goes back to the sandbox: what is approved is what was
    looked at. One that was vouched for brings a statement again, or anything could be said in its place.
    Raises InvalidRedirectUri, InvalidClientMetadata, InvalidSoftwareStatement.
    """
    with transaction.atomic():
        client = Client.objects.select_for_update().get(pk=client.pk)
        before = _said(client)
        _describe(client, metadata)
        if client.initial_access_token:
            client.organisation = client.initial_access_token.organisation
        after = _said(client)
        changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
        if set(changes) - set(_KEYS):
            changes |= _out_of_review(client, by)
        client.save()
        changes |= _keep_statement(client, metadata.software_statement)
        record("client.changed", by=by, target=("client", client.client_id), changes=changes)
    return client


def close_client(client_id: str, *, by: Actor) -> None:
    """Deregister an app: every consent it holds ends, its name stays in the trail (RFC 7592, 2.3)."""
    with transaction.atomic():
        client = Client.objects.select_for_update().get(client_id=client_id)
        withdraw_request(GOING_LIVE, client_id, by=by)
        client.status, client.is_active, client.registration_token_checksum = Client.Status.CLOSED, False, ""
        client.save(update_fields=["status", "is_active", "registration_token_checksum"])
        open_states = [Consent.Status.AUTHORISED, Consent.Status.AWAITING_AUTHORISATION]
        for consent in Consent.objects.select_for_update().filter(client=client, status__in=open_states):
            end(consent, "consent.revoked", Consent.Status.CANCELLED, by=by, reason="app_closed")
        record("client.closed", by=by, target=("client", client.client_id))


def _use(text: str) -> InitialAccessToken:
    """Take one app off an initial access token, locked; raises RegistrationRefused."""
    token = (
        InitialAccessToken.objects.select_for_update()
        .filter(token_checksum=secrets.checksum(text), expires_at__gt=timezone.now(), clients_left__gt=0)
        .first()
    )
    if token is None:
        raise RegistrationRefused()
    token.clients_left -= 1
    token.save(update_fields=["clients_left"])
    return token


def _describe(client: Client, metadata: ClientMetadata) -> None:
    """Set what an app says of itself; raises InvalidRedirectUri, InvalidClientMetadata."""
    try:
        for uri in metadata.redirect_uris:
            rules.check_redirect_uri(uri)
    except ClientMetadataRefused as refused:
        raise InvalidRedirectUri(refused.detail) from refused
    asked = scopes.split(metadata.scope) or [scopes.OPENID]
    try:
        rules.check_scopes(asked, scopes.all_scopes())
        for address in filter(None, (metadata.client_uri, metadata.policy_uri)):
            rules.check_redirect_uri(address)
        _give_credentials(client, metadata)
    except ClientMetadataRefused as refused:
        raise InvalidClientMetadata(refused.detail) from refused
    _check_types(metadata.authorization_details_types)
    _check_callable(metadata.backchannel_logout_uri)
    client.name, client.redirect_uris = metadata.client_name, " ".join(metadata.redirect_uris)
    client.scopes, client.purpose, client.organisation = asked, metadata.purpose, metadata.organisation
    client.homepage, client.privacy_notice = metadata.client_uri, metadata.policy_uri
    client.authorization_details_types = sorted(set(metadata.authorization_details_types))
    for name in _KEPT_AS_SAID:
        setattr(client, name, getattr(metadata, name))


def _give_credentials(client: Client, metadata: ClientMetadata) -> None:
    """Set how an app authenticates and what binds its tokens; raises ClientMetadataRefused."""
    bound = metadata.tls_client_certificate_bound_access_tokens
    set_method(client, metadata.token_endpoint_auth_method, bound_to_certificate=bound)
    give_keys(client, metadata.jwks, metadata.jwks_uri)
    for name in SUBJECTS:
        setattr(client, name, "")
    give_certificate(client, metadata.certificate_subject)


def _keep_statement(client: Client, text: str) -> dict[str, Any]:
    """Keep a new software statement; return what the trail says of it. Raises InvalidSoftwareStatement."""
    kept = SoftwareStatement.objects.filter(client=client).first()
    if kept and not text:
        raise InvalidSoftwareStatement("This app was registered with a software statement: bring one again.")
    if not text or (kept and kept.text == text):
        return {}
    SoftwareStatement.objects.update_or_create(client=client, defaults={"text": text})
    return {"software_statement": secrets.checksum(text)}


def _said(client: Client) -> dict[str, Any]:
    """Return what an app says of itself, as the trail keeps it."""
    names = (*REVIEWED, *_KEYS, *_CREDENTIALS, *SUBJECTS, *_KEPT_AS_SAID, _TYPES)
    return {name: getattr(client, name) for name in names}


def _out_of_review(client: Client, by: Actor) -> dict[str, tuple[str, str]]:
    """Take an app that changes out of its review; return what changes so. Raises InvalidClientMetadata."""
    if client.status == Client.Status.LIVE:
        raise InvalidClientMetadata(
            "A live app changes its keys by itself; the rest needs a review by the bank."
        )
    if client.status != Client.Status.IN_REVIEW:
        return {}
    withdraw_request(GOING_LIVE, client.client_id, by=by)
    client.status = Client.Status.SANDBOX
    return {"status": (Client.Status.IN_REVIEW.value, client.status.value)}


def _check_types(named: Sequence[str]) -> None:
    """Raise InvalidClientMetadata for a type of authorization details the bank does not know."""
    if not set(named) <= set(authorization_details.rich_types()):
        raise InvalidClientMetadata("authorization_details_types names a type the bank does not know.")


def _check_callable(url: str) -> None:
    """Raise InvalidClientMetadata unless the bank could call this address, or none is given."""
    try:
        if url:
            check_url(url)
    except CallRefused as refused:
        raise InvalidClientMetadata(f"backchannel_logout_uri: {refused}") from refused
