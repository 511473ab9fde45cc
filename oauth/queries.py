"""What can be asked about apps, consents and tokens."""

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from audit.actor import Actor
from bank.access.permissions import CONSENTS_READ_ANY
from oauth import token_row
from oauth.errors import ClientNotFound, ConsentNotFound
from oauth.models import (
    AccessToken,
    ApiKey,
    Client,
    Consent,
    DataAccess,
    OwnToken,
    PushedAuthorizationRequest,
    RefreshToken,
    SignedInSession,
    SoftwareStatement,
    User,
)
from oauth.protocol import mtls
from oauth.protocol.secrets import checksum

REQUEST_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"


def find_client(client_id: str) -> Client | None:
    """Return the app of this client_id, if it may do anything now."""
    client = token_row.find_client(client_id)
    return client if client and client.works_here else None


def find_registration(client_id: str) -> Client | None:
    """Return an app that manages its own registration, whatever its state, unless the bank stopped it."""
    return (
        Client.objects.select_related("initial_access_token")
        .filter(client_id=client_id, is_active=True)
        .exclude(registration_token_checksum="")
        .first()
    )


def list_apps_of(user_id: str) -> list[Client]:
    """Return the apps of a developer, the newest first, deregistered ones left out."""
    return list(Client.objects.filter(user_id=user_id).exclude(status=Client.Status.CLOSED).order_by("-id"))


def get_app_of(client_id: str, user_id: str) -> Client:
    """Return one app of this developer; raises ClientNotFound for anybody else's."""
    client = Client.objects.filter(client_id=client_id, user_id=user_id).first()
    if client is None or client.status == Client.Status.CLOSED:
        raise ClientNotFound()
    return client


def list_registered_certificates() -> list[bytes]:
    """Return the certificates that apps registered to authenticate with, in DER (RFC 8705, 2.2.2)."""
    apps = Client.objects.filter(token_endpoint_auth_method=mtls.SELF_SIGNED, is_active=True)
    return [certificate for app in apps for certificate in mtls.certificates_in(app.client_jwks)]


def find_pushed_request(request_uri: str, client_id: str) -> PushedAuthorizationRequest | None:
    """Return what this app pushed under this reference, decided and expired ones too."""
    if not request_uri.startswith(REQUEST_URI_PREFIX):
        return None
    return (
        PushedAuthorizationRequest.objects.select_related("client")
        .filter(reference_checksum=checksum(request_uri), client__client_id=client_id, client__is_active=True)
        .first()
    )


def find_access_token(token: str) -> AccessToken | None:
    """Return an access token with its consent, app and login: the one query of each API request."""
    return token_row.find(checksum(token))


def find_own_token(token: str) -> OwnToken | None:
    """Return an app's token for itself, with the app."""
    return OwnToken.objects.select_related("client").filter(token_checksum=checksum(token)).first()


def find_refresh_token(token: str, client: Client) -> RefreshToken | None:
    """Return this app's refresh token with its consent and login."""
    return (
        RefreshToken.objects.select_related("consent", "user")
        .filter(token_checksum=checksum(token), application=client)
        .first()
    )


def login_exists(username: str) -> bool:
    """Return whether there is a login of this name."""
    return User.objects.filter(username=username).exists()


def list_consents(*, owned_by: Actor, before: str | None = None, limit: int | None = None) -> list[Consent]:
    """Return what a person allowed third parties, or this one app, the newest first."""
    consents = _owned(owned_by).filter(client__first_party=False).order_by("-id")
    if before is not None:
        consents = consents.filter(id__lt=before)
    return list(consents[:limit])


def get_consent(consent_id: str, *, owned_by: Actor) -> Consent:
    """Return one consent of this person, or of this app; raises ConsentNotFound for any other."""
    try:
        return _owned(owned_by).get(id=consent_id)
    except (Consent.DoesNotExist, ValueError) as error:
        raise ConsentNotFound() from error


def consents_by_id(consent_ids: Collection[str]) -> dict[str, Consent]:
    """Return consents with their apps, whosoever they are: for who follows the log."""
    return Consent.objects.select_related("client").in_bulk(list(consent_ids))


def list_accesses(consent: Consent, *, limit: int | None = None) -> list[DataAccess]:
    """Return what an app looked at under a consent, hour by hour, the latest first."""
    return list(DataAccess.objects.filter(consent=consent).order_by("-last_at", "-id")[:limit])


def find_request_behind(next_url: str) -> PushedAuthorizationRequest | None:
    """Return the pushed request somebody signs in for, when `next_url` leads to the authorization endpoint.

    The sign-in page names its client, and lets its form lead back to `redirect_uri` where the client is the
    bank's own (browsers hold a form's content security policy against the redirects that follow it).
    """
    try:
        parts = urlsplit(next_url)
    except ValueError:
        return None
    asked = parse_qs(parts.query)
    if parts.netloc or parts.path != "/oauth/authorize":
        return None
    return find_pushed_request(asked.get("request_uri", [""])[0], asked.get("client_id", [""])[0])


def find_api_key(text: str) -> ApiKey | None:
    """Return the API key of this text, one that ended too."""
    return ApiKey.objects.filter(checksum=checksum(text)).first()


def list_sessions(*, owned_by: Actor) -> list[tuple[SignedInSession, dict[str, Any]]]:
    """Return a person's sessions that are still open, the newest first, each with what it remembers."""
    open_ones = list(
        SignedInSession.objects.filter(user_id=owned_by.user_id, ended_at=None).order_by("-created_at")
    )
    stored = Session.objects.filter(
        session_key__in=[session.session_key for session in open_ones], expire_date__gt=timezone.now()
    ).in_bulk()
    return [
        (session, stored[session.session_key].get_decoded())
        for session in open_ones
        if session.session_key in stored
    ]


def _owned(actor: Actor) -> QuerySet[Consent]:
    consents = Consent.objects.select_related("client")
    if CONSENTS_READ_ANY in actor.permissions:
        return consents
    consents = consents.filter(user_id=actor.user_id)
    return consents.filter(client__client_id=actor.client_id) if actor.bound_to_consent else consents


def find_software_statement(client: Client) -> str:
    """Return the software statement an app registered with, as it was sent, or nothing."""
    return SoftwareStatement.objects.filter(client=client).values_list("text", flat=True).first() or ""
