"""Token introspection (RFC 7662), for an app's own tokens only: another's is as unknown as a made-up one."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record_attempt
from bank import clock
from bank.access.rate_limits import limit
from oauth import signing_keys
from oauth.actors import token_reference
from oauth.dot import facts as dot_facts
from oauth.dot.token_type import granted_members, is_alive, type_of
from oauth.endpoints.answers import answer, endpoint
from oauth.endpoints.authorization_responses import DEFAULT_ALGORITHM
from oauth.endpoints.client_authentication import authenticate
from oauth.models import AccessToken, Client, OwnToken, RefreshToken
from oauth.protocol import introspection_jwt, secrets
from oauth.protocol.failures import InvalidRequest
from oauth.protocol.form import read_form
from oauth.queries import find_access_token, find_own_token, find_refresh_token


@endpoint("POST")
@limit("introspect")
def introspect(request: HttpRequest) -> HttpResponse:
    """Tell an app whether its token is active, and what it is for."""
    facts = dot_facts.of_request(request)
    form = read_form(request)
    client = authenticate(request, form, facts, door="introspect")
    if "token" not in form:
        raise InvalidRequest("token is missing.")
    described = _described(form["token"], client)
    _record(form["token"], is_active=described["active"], by=facts.actor())
    if introspection_jwt.is_asked_for(request.META.get("HTTP_ACCEPT", "")):
        return _signed(described, client, facts.now)
    return answer(described)


def _record(text: str, *, is_active: bool, by: Actor) -> None:
    """Leave in the trail who asked about which token, by the beginning of its hash; nobody's name."""
    record_attempt(
        "token.introspected",
        by=by,
        target=("token", token_reference(secrets.checksum(text))),
        outcome="success",
        reason="" if is_active else "inactive",
    )


def _signed(described: dict[str, Any], client: Client, now: datetime) -> HttpResponse:
    """Return the answer signed (RFC 9701, 5), an inactive token's too."""
    algorithm = client.introspection_signed_response_alg or DEFAULT_ALGORITHM
    text = introspection_jwt.issue(
        described,
        issuer=settings.PUBLIC_ORIGIN,
        client_id=client.client_id,
        algorithm=algorithm,
        key=signing_keys.signing_key(algorithm),
        now=now,
    )
    return answer(text, headers={"Content-Type": introspection_jwt.MEDIA_TYPE})


def _described(text: str, client: Client) -> dict[str, Any]:
    access_token = find_access_token(text)
    if access_token and access_token.application_id == client.id and is_alive(access_token, timezone.now()):
        return _active(access_token, client)
    refresh_token = find_refresh_token(text, client)
    if refresh_token and _is_good(refresh_token):
        return _active(refresh_token, client)
    own_token = find_own_token(text)
    if own_token and own_token.client_id == client.id and timezone.now() < own_token.expires_at:
        return _own(own_token, client)
    return {"active": False}


def _is_good(token: RefreshToken) -> bool:
    return token.revoked is None and token.consent.opens(clock.now()) and token.user.is_active


def _own(token: OwnToken, client: Client) -> dict[str, Any]:
    """Describe an app's token for itself; its subject is the app."""
    return {
        "active": True,
        "client_id": client.client_id,
        "iss": settings.PUBLIC_ORIGIN,
        "sub": client.client_id,
        "scope": token.scope,
        "iat": int(token.created_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
        "token_type": type_of(token.cnf),
        "cnf": token.cnf,
    }


def _active(token: AccessToken | RefreshToken, client: Client) -> dict[str, Any]:
    is_access_token = isinstance(token, AccessToken)
    expires = token.expires if is_access_token else token.consent.expires_at
    described: dict[str, Any] = {
        "active": True,
        "client_id": client.client_id,
        "iss": settings.PUBLIC_ORIGIN,
        "sub": token.user_id,
        "scope": token.scope,
        "iat": int(token.created.timestamp()),
        "exp": int(expires.timestamp()),
    }
    described |= granted_members(token.consent)
    if is_access_token:
        described["token_type"] = type_of(token.cnf)
    return {**described, "cnf": token.cnf} if token.cnf else described
