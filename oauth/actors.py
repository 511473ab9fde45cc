"""Who acts: made of a session for pages, a token for the API, a client for the endpoints of OAuth."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from audit.actor import ANONYMOUS, Actor
from bank.access.permissions import OWN_SCOPES
from bank.access.roles import CUSTOMER, permissions_of
from oauth import sign_in
from oauth.errors import UseRestricted
from oauth.models import AccessToken, Client, Consent, OwnToken, User

# How a caller of the API showed that the token is its own, by the member of `cnf` (RFC 7800).
_METHOD_OF = {"jkt": "dpop", "x5t#S256": "mtls", "": "bearer"}


def actor_for_session(request: HttpRequest) -> Actor:
    """Return the signed-in person of a session, with the rights of the roles held; else ANONYMOUS."""
    user: Any = request.user
    if not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    how = sign_in.of_session(request)
    return Actor(
        type="staff" if user.is_staff else "customer",
        user_id=user.id,
        permissions=user.permissions,
        roles=frozenset(user.roles),
        session_id=how.session_id,
        auth_method="+".join(how.amr) or "session",
        acr=how.acr,
        auth_time=int(how.auth_time.timestamp()),
        break_glass=marked(user),
    )


def marked(user: User) -> str:
    """Return the id of the emergency access in force, which marks all that is done meanwhile; or nothing."""
    return user.break_glass.id if user.break_glass else ""


def without(actor: Actor, *permissions: str) -> Actor:
    """Return the actor with fewer rights: on one's own pages staff see what is theirs, not everybody's."""
    return replace(actor, permissions=actor.permissions - frozenset(permissions))


def actor_for_token(token: AccessToken) -> Actor:
    """Return who acts with an access token; raises UseRestricted (GDPR, Article 18) for a third party."""
    if token.user.restricted_at and not token.application.first_party:
        raise UseRestricted()
    return owner_of(token)


def owner_of(token: AccessToken) -> Actor:
    """Return whom an access token was given to; the rights are role ∩ token's scope ∩ consent.

    A third party is bound to the consent's accounts. The bank's own app acts as the person; as staff only
    when two factors were used.
    """
    client, user, consent = token.application, token.user, token.consent
    granted = frozenset(token.scope.split()) & frozenset(consent.permissions) & _rights(user, consent)
    is_staff = client.first_party and user.is_staff
    return Actor(
        type="staff" if is_staff else "customer" if client.first_party else "app",
        user_id=user.id,
        client_id=client.client_id,
        consent_id=consent.id,
        consent_kind=consent.kind,
        consented_at=(consent.renewed_at or consent.created_at).timestamp(),
        bound_to_consent=not client.first_party,
        permissions=granted,
        roles=frozenset(user.roles),
        auth_method=_METHOD_OF[next(iter(token.cnf), "")],
        acr=consent.acr,
        auth_time=int(consent.auth_time.timestamp()),
        token_reference=token_reference(token.token_checksum),
        key_thumbprint=bound_to(token.cnf),
        break_glass=marked(user),
    )


def _rights(user: User, consent: Consent) -> frozenset[str]:
    """Return what a person's roles allow; signed in with one factor, staff are customers at most."""
    if consent.acr == sign_in.TWO_FACTORS:
        return user.permissions
    return user.permissions & permissions_of([CUSTOMER])


def actor_for_client(client: Client, *, consent: Consent | None = None, key_thumbprint: str = "") -> Actor:
    """Return an app that talks to the authorization server, for itself or under a consent."""
    return Actor(
        type="app",
        client_id=client.client_id,
        user_id=consent.user_id if consent else None,
        consent_id=consent.id if consent else None,
        auth_method=client.token_endpoint_auth_method,
        key_thumbprint=key_thumbprint,
    )


def actor_for_own_token(token: OwnToken) -> Actor:
    """Return an app that acts for itself: within its own scopes, and for no person."""
    return replace(
        actor_for_client(token.client, key_thumbprint=bound_to(token.cnf)),
        permissions=frozenset(token.scope.split()) & OWN_SCOPES & frozenset(token.client.scopes),
        auth_method=_METHOD_OF[next(iter(token.cnf), "")],
        token_reference=token_reference(token.token_checksum),
    )


def bound_to(cnf: Mapping[str, str]) -> str:
    """Return the thumbprint of the key or certificate a token is bound to, or nothing."""
    return next(iter(cnf.values()), "")


def token_reference(checksum: str) -> str:
    """Return the trail's name for a token: the beginning of its hash, which opens nothing."""
    return checksum[:16]
