"""Pushed authorization requests (RFC 9126): the app says, authenticated, what it will ask a person."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.operations import record_attempt
from bank import clock
from bank.access.rate_limits import limit
from oauth import authorization_details, scopes, signing_keys
from oauth.authorization_details import Requested
from oauth.dot import facts as dot_facts
from oauth.dot import flows
from oauth.dot.facts import Facts
from oauth.endpoints.answers import answer, endpoint
from oauth.endpoints.client_authentication import authenticate, learn_key
from oauth.endpoints.request_objects import unpacked
from oauth.models import Client, Consent
from oauth.operations import push_request
from oauth.operations.consent_life import check_renewal
from oauth.protocol import authorization_request, id_token, resource, sign_in_asked
from oauth.protocol.failures import (
    InvalidDpopProof,
    InvalidGrantId,
    InvalidRequest,
    InvalidScope,
    OAuthFailure,
)
from oauth.protocol.form import read_form
from oauth.protocol.jarm import RESPONSE_MODES
from oauth.scopes import OPENID


@endpoint("POST")
@limit("par")
def par(request: HttpRequest) -> HttpResponse:
    """Keep an authorization request and return its reference, 201 (RFC 9126, 2.2)."""
    facts = dot_facts.of_request(request)
    form = read_form(request)
    client = authenticate(request, form, facts, door="par")
    try:
        form = {**unpacked(form, client, facts.now), "client_id": client.client_id}
        if client.dpop_bound_access_tokens:
            learn_key(facts)
        requested = read_details(form, facts)
        check(form, facts)
    except OAuthFailure as failure:
        record_attempt(
            "authorization.refused",
            by=facts.actor(),
            target=("client", client.client_id),
            reason=failure.error,
        )
        raise
    pushed = push_request(
        client=client,
        parameters=form,
        requested=requested,
        dpop_jkt=facts.cnf.get("jkt", ""),
        by=facts.actor(),
    )
    return answer({"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}, 201)


def read_details(parameters: dict[str, str], facts: Facts) -> Requested | None:
    """Return what is asked for in detail, and let the scope say what that needs; raises OAuthFailure."""
    if "authorization_details" not in parameters:
        return None
    client = facts.known_client
    requested = authorization_details.read(parameters["authorization_details"], client, clock.now())
    if "grant_id" in parameters and requested.type.kind != Consent.Kind.ACCOUNT_ACCESS:
        raise InvalidGrantId("Only a grant to see accounts can be replaced.")
    beside = scopes.split(parameters.get("scope", ""))
    if not set(beside) <= scopes.BESIDE_DETAILS:
        raise InvalidScope("Beside authorization_details the scope may name no permission: the details do.")
    permissions = requested.permissions(frozenset(client.scopes))
    parameters["scope"] = " ".join([*beside, *sorted(permissions)])
    return requested


def check(parameters: dict[str, str], facts: Facts) -> None:
    """Raise OAuthFailure unless this client may ask for this; learn the key the code will be bound to."""
    client = facts.known_client
    resource.check(parameters, origin=settings.PUBLIC_ORIGIN)
    parameters["scope"] = scopes.for_a_person(parameters.get("scope", ""))
    authorization_request.check(
        parameters, redirect_uris=client.redirect_uris.split(), allowed_scopes={OPENID, *client.scopes}
    )
    if client.authorization_signed_response_alg and parameters.get("response_mode") not in RESPONSE_MODES:
        raise InvalidRequest("This client gets signed responses: ask for response_mode=jwt (JARM).")
    check_renewal(parameters.get("grant_id"), client_id=client.id)
    _take_hint(parameters, client)
    flows.check_authorization_request(parameters, facts)
    named = parameters.get("dpop_jkt")
    if named and facts.cnf.get("jkt", named) != named:
        raise InvalidDpopProof("dpop_jkt is not the key of the proof (RFC 9449, 10.1).")
    if named and client.dpop_bound_access_tokens:
        facts.cnf = {"jkt": named}


def _take_hint(parameters: dict[str, str], client: Client) -> None:
    """Let an `id_token_hint` name the one person this is for (OpenID Connect Core, 3.1.2.2)."""
    if hint := parameters.get("id_token_hint"):
        subject = id_token.subject_of(
            hint,
            issuer=settings.PUBLIC_ORIGIN,
            client_id=client.client_id,
            jwks=signing_keys.public_jwks(),
        )
        parameters["claims"] = sign_in_asked.naming(parameters, subject)
