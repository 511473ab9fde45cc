"""Which app is asking: by its signed assertion, its certificate, or the sandbox's explorer by its name."""

from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest

from audit.actor import ANONYMOUS
from audit.operations import record_attempt
from bank.access.rate_limits import check_keys
from bank.observability.context import current
from oauth import client_keys
from oauth.dot.facts import Facts
from oauth.models import Client
from oauth.models.clients import PRIVATE_KEY_JWT
from oauth.protocol import client_assertion, dpop, mtls
from oauth.protocol.failures import InvalidClient, InvalidDpopProof, InvalidRequest
from oauth.queries import find_client

OPEN_TO_THE_EXPLORER = frozenset({"token", "revoke"})
_SECRETS = frozenset({"client_assertion", "client_assertion_type", "client_secret"})


def authenticate(request: HttpRequest, form: dict[str, str], facts: Facts, *, door: str) -> Client:
    """Return the app that sent the form, counted at the door; raises InvalidClient, RateLimited."""
    client = (_public_client(form) if door in OPEN_TO_THE_EXPLORER else None) or _confidential_client(
        form, facts
    )
    check_keys(door, request, client=client.client_id)
    current().client_id = client.client_id
    facts.client = client
    return client


def methods() -> tuple[str, ...]:
    """Return how an app may authenticate: by certificate only where certificates are asked for."""
    if not settings.MTLS_ORIGIN:
        return (PRIVATE_KEY_JWT,)
    by_authority = (mtls.TLS_CLIENT_AUTH,) if settings.CLIENT_CERTIFICATE_AUTHORITIES else ()
    return (PRIVATE_KEY_JWT, *by_authority, mtls.SELF_SIGNED)


def bind(facts: Facts) -> None:
    """Learn what the tokens of this client will be bound to; raises InvalidDpopProof, InvalidRequest."""
    client = facts.known_client
    if client.tls_client_certificate_bound_access_tokens:
        _bind_to_certificate(facts)
    elif facts.proof:
        learn_key(facts)
    elif client.dpop_bound_access_tokens:
        raise InvalidDpopProof("The request needs one DPoP header.")


def learn_key(facts: Facts) -> None:
    """Check the DPoP proof of a request, if there is one, and note its key; raises InvalidDpopProof."""
    if facts.proof:
        thumbprint = dpop.check_proof(facts.proof, method=facts.method, url=facts.url, now=facts.now)
        facts.cnf = {"jkt": thumbprint}


def _bind_to_certificate(facts: Facts) -> None:
    if facts.certificate is None:
        raise InvalidRequest(
            "This client's tokens are bound to a certificate: connect with it (RFC 8705, 3)."
        )
    facts.cnf = {mtls.THUMBPRINT: mtls.thumbprint(facts.certificate)}


def _public_client(form: dict[str, str]) -> Client | None:
    if not settings.SANDBOX or "client_assertion" in form or "client_id" not in form:
        return None
    client = find_client(form["client_id"])
    return client if client and not client.is_confidential else None


def _confidential_client(form: dict[str, str], facts: Facts) -> Client:
    if "client_assertion" in form and ("client_secret" in form or facts.authorization):
        raise InvalidRequest("A client authenticates in one way at a time (RFC 6749, 2.3).")
    by_certificate = not _SECRETS & form.keys() and facts.certificate is not None
    claimed: list[object] = [form.get("client_id")]
    try:
        return _by_certificate(form, facts) if by_certificate else _by_assertion(form, facts, claimed)
    except InvalidClient as failure:
        _refuse(claimed[-1], failure)


def _by_assertion(form: dict[str, str], facts: Facts, claimed: list[object]) -> Client:
    """Know a client by its JWT (private_key_jwt); notes whom the JWT claims to be."""
    jwt = client_assertion.read(form)
    claimed.append(jwt.claims.get("iss"))
    client_id = client_assertion.claimed_client(jwt, issuer=settings.PUBLIC_ORIGIN, now=facts.now)
    if form.get("client_id", client_id) != client_id:
        raise InvalidClient("client_id is not the client of the assertion.")
    client = find_client(client_id)
    if client is None or client.token_endpoint_auth_method != PRIVATE_KEY_JWT:
        raise InvalidClient(client_assertion.UNKNOWN)
    jwks = client_keys.jwks_of(client, kid=jwt.header.get("kid"))
    client_assertion.check_signature(jwt, client_id=client_id, jwks=jwks, now=facts.now)
    return client


def _by_certificate(form: dict[str, str], facts: Facts) -> Client:
    """Know a client by its connection's certificate (RFC 8705, 2): `client_id` says which one it claims."""
    client, certificate = find_client(form.get("client_id", "")), facts.certificate or b""
    if client is None or client.token_endpoint_auth_method not in methods():
        raise InvalidClient(mtls.UNKNOWN)
    if client.token_endpoint_auth_method == mtls.TLS_CLIENT_AUTH:
        mtls.check_issued(
            certificate,
            subject=client.certificate_subject,
            authorities=settings.CLIENT_CERTIFICATE_AUTHORITIES,
            revocations=settings.CLIENT_CERTIFICATE_REVOCATIONS,
            now=facts.now,
        )
    elif client.token_endpoint_auth_method == mtls.SELF_SIGNED:
        mtls.check_registered(certificate, jwks=_jwks_for(client, certificate), now=facts.now)
    else:
        raise InvalidClient(mtls.UNKNOWN)
    return client


def _jwks_for(client: Client, certificate: bytes) -> dict[str, Any]:
    """Return the client's key set; one by reference is read anew for a certificate it did not hold yet."""
    jwks = client_keys.jwks_of(client)
    if certificate in mtls.certificates_in(jwks):
        return jwks
    return client_keys.jwks_of(client, kid=f"x5t#S256:{mtls.thumbprint(certificate)}")


def _refuse(claimed: object, failure: InvalidClient) -> NoReturn:
    """Record whom somebody claimed to be. By nobody in particular: nothing was proved."""
    client = find_client(claimed) if isinstance(claimed, str) and "\x00" not in claimed else None
    target = ("client", client.client_id if client else "unknown")
    record_attempt("client.refused", by=ANONYMOUS, target=target, reason="invalid_client")
    raise InvalidClient(failure.description) from failure
