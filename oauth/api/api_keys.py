"""Who calls with an API key: a service, acting for nobody (docs/decisions/0018-a-header-for-api-keys.md)."""

from ipaddress import ip_address, ip_network

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit.actor import Actor
from audit.operations import record_attempt
from bank.access.addresses import client_address
from bank.access.permissions import SERVICE_SCOPES
from bank.observability.context import current
from bank.observability.glass_box import acts
from oauth import challenges, queries
from oauth.errors import InvalidApiKey
from oauth.models import ApiKey
from oauth.operations.api_keys import is_good, note_use, prefix
from oauth.protocol import secrets

HEADER = "HTTP_X_API_KEY"


class ApiKeyAuthentication(BaseAuthentication):
    """Checks the X-API-Key of a request. A bad one raises: nothing else may decide next."""

    @acts(1, "API key, its networks and scopes")
    def authenticate(self, request: Request) -> tuple[None, Actor] | None:
        """Return nobody and the service as Actor; None without a key. Raises InvalidApiKey."""
        text = request.META.get(HEADER)
        if text is None:
            return None
        if "HTTP_AUTHORIZATION" in request.META:
            raise InvalidApiKey("Send either an access token or a key, never both.")
        key = _found(text)
        actor = _actor(key)
        _check(key, request, actor)
        note_use(key)
        current().client_id = str(actor.client_id)
        return None, actor

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a request without a key: that of a token."""
        return challenges.challenge()


def _found(text: str) -> ApiKey:
    """Return the key of this text; one that was never issued costs no look into the database."""
    key = queries.find_api_key(text) if secrets.is_sound(text, prefix()) else None
    if key is None:
        raise InvalidApiKey()
    return key


def _check(key: ApiKey, request: Request, actor: Actor) -> None:
    address = ip_address(client_address(request._request))
    is_from_there = not key.networks or any(address in ip_network(network) for network in key.networks)
    reason = "" if is_from_there else "wrong_network"
    reason = reason if is_good(key, timezone.now()) else "ended"
    if reason:
        record_attempt("api_key.refused", by=actor, target=("api_key", key.id), reason=reason)
        raise InvalidApiKey()


def _actor(key: ApiKey) -> Actor:
    """Return the service: no person, no consent, and never more than services may have."""
    permissions = frozenset(key.scopes) & SERVICE_SCOPES
    return Actor(
        type="service",
        client_id=f"service:{key.service}",
        permissions=permissions,
        auth_method="api_key",
        token_reference=key.id,
    )
