"""Which app is asking: by its signed assertion, or the explorer of the sandbox by its name alone."""

from typing import NoReturn

from django.conf import settings
from django.http import HttpRequest

from audit.actor import ANONYMOUS
from audit.operations import record_attempt
from bank.access.rate_limits import check_keys
from bank.observability.context import current
from oauth import client_keys
from oauth.dot.facts import Facts
from oauth.models import Client
from oauth.protocol import client_assertion, dpop
from oauth.protocol.failures import InvalidClient, InvalidDpopProof
from oauth.queries import find_client

OPEN_TO_THE_EXPLORER = frozenset({"token", "revoke"})


def authenticate(request: HttpRequest, form: dict[str, str], facts: Facts, *, door: str) -> Client:
    """Return the app that sent the form, counted at the door; raises InvalidClient, RateLimited."""
    client = (_public_client(form) if door in OPEN_TO_THE_EXPLORER else None) or _confidential_client(
        form, facts
    )
    check_keys(door, request, client=client.client_id)
    current().client_id = client.client_id
    facts.client = client
    return client


def bind(facts: Facts, *, required: bool) -> None:
    """Learn the key a DPoP proof shows, if there is one or must be one; raises InvalidDpopProof."""
    if not facts.proof:
        if required:
            raise InvalidDpopProof("The request needs one DPoP header.")
        return
    facts.cnf = {"jkt": dpop.check_proof(facts.proof, method=facts.method, url=facts.url, now=facts.now)}


def _public_client(form: dict[str, str]) -> Client | None:
    if not settings.SANDBOX or "client_assertion" in form or "client_id" not in form:
        return None
    client = find_client(form["client_id"])
    return client if client and not client.is_confidential else None


def _confidential_client(form: dict[str, str], facts: Facts) -> Client:
    claimed: object = None
    try:
        jwt = client_assertion.read(form)
        claimed = jwt.claims.get("iss")
        client_id = client_assertion.claimed_client(jwt, issuer=settings.PUBLIC_ORIGIN, now=facts.now)
        if form.get("client_id", client_id) != client_id:
            raise InvalidClient("client_id is not the client of the assertion.")
        client = find_client(client_id)
        if client is None or not client.is_confidential:
            raise InvalidClient(client_assertion.UNKNOWN)
        jwks = client_keys.jwks_of(client, kid=jwt.header.get("kid"))
        client_assertion.check_signature(jwt, client_id=client_id, jwks=jwks, now=facts.now)
    except InvalidClient as failure:
        _refuse(claimed, failure)
    return client


def _refuse(claimed: object, failure: InvalidClient) -> NoReturn:
    """Record whom somebody claimed to be. By nobody in particular: nothing was proved."""
    client = find_client(claimed) if isinstance(claimed, str) and "\x00" not in claimed else None
    target = ("client", client.client_id if client else "unknown")
    record_attempt("client.refused", by=ANONYMOUS, target=target, reason="invalid_client")
    raise InvalidClient(failure.description) from failure
