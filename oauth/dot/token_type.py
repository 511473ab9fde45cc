"""The token type: bound to a key (RFC 9449) or a certificate (RFC 8705), or the explorer's bearer token.

Every door that takes a token asks this class: the API, userinfo, whatever comes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from oauthlib.common import Request
from oauthlib.oauth2 import BearerToken

from audit.actor import Actor
from audit.operations import record_attempt
from bank import clock
from oauth.actors import actor_for_own_token, owner_of, token_reference
from oauth.authorization_details import granted_in
from oauth.dot.facts import Facts
from oauth.dot.validator import BankValidator
from oauth.models import AccessToken, Consent, OwnToken
from oauth.protocol import dpop, mtls, secrets
from oauth.protocol.failures import InvalidDpopProof, InvalidToken, NoToken, OAuthFailure, UseDpopNonce
from oauth.queries import find_access_token, find_own_token


class SenderConstrainedToken(BearerToken):  # type: ignore[misc]
    """Makes and checks access tokens."""

    def __init__(self, validator: BankValidator) -> None:
        super().__init__(
            validator,
            token_generator=lambda request: secrets.new(secrets.ACCESS),
            refresh_token_generator=lambda request: secrets.new(secrets.REFRESH),
            expires_in=lambda request: validator.seconds_of_a_token(),
        )

    def create_token(self, request: Request, refresh_token: bool = False, **kwargs: Any) -> dict[str, Any]:
        """Return a token response; the explorer gets no refresh token."""
        facts: Facts = self.request_validator.facts
        with_refresh = refresh_token and facts.known_client.is_confidential
        token: dict[str, Any] = super().create_token(request, refresh_token=with_refresh, **kwargs)
        token["token_type"] = type_of(facts.cnf)
        source = facts.grant or facts.refresh_token
        return token | granted_members(source.consent) if source else token

    def estimate_type(self, request: Request) -> int:
        return 9

    def validate_request(self, request: Request) -> bool:
        """Check the token of a request; raises OAuthFailure with the RFC's error code."""
        facts: Facts = self.request_validator.facts
        token = check_token(facts)
        facts.access_token = token
        request.user, request.client, request.scopes = token.user, token.application, token.scope.split()
        request.access_token = token
        return True


def granted_members(consent: Consent) -> dict[str, Any]:
    """Return what a token response and introspection say of a consent (RFC 9396, 7 and 9.2)."""
    members: dict[str, Any] = {"grant_id": consent.id}
    if granted := granted_in(consent):
        members["authorization_details"] = granted
    return members


def check_token(facts: Facts) -> AccessToken:
    """Return the valid access token of a request (FAPI 2.0, 5.3.4): one query, one cache.add."""
    scheme, text = _credentials(facts.authorization)
    token = find_access_token(text)
    if token is None or not is_alive(token, facts.now):
        raise InvalidToken("The access token is unknown, expired or revoked.")
    _check_held_by_its_owner(token, lambda: owner_of(token), scheme, text, facts)
    return token


def is_own_token(facts: Facts) -> bool:
    """Return whether a request brings an app's token for itself: its prefix says so."""
    return facts.authorization.partition(" ")[2].strip().startswith(f"{secrets.OWN}_")


def check_own_token(facts: Facts) -> OwnToken:
    """Return the valid token of an app that acts for itself; raises OAuthFailure."""
    scheme, text = _credentials(facts.authorization)
    token = find_own_token(text)
    if token is None or not (facts.now < token.expires_at and token.client.works_here):
        raise InvalidToken("The access token is unknown, expired or revoked.")
    _check_held_by_its_owner(token, lambda: actor_for_own_token(token), scheme, text, facts)
    return token


def _check_held_by_its_owner(
    token: AccessToken | OwnToken, owner: Callable[[], Actor], scheme: str, text: str, facts: Facts
) -> None:
    try:
        _check_sender(token, scheme, text, facts)
    except (InvalidDpopProof, InvalidToken) as failure:
        failure.status = 401
        if not isinstance(failure, UseDpopNonce):
            _note_misuse(token, owner(), failure)
        raise


def _credentials(authorization: str) -> tuple[str, str]:
    if not authorization:
        raise NoToken("This needs an access token, in the Authorization header.")
    scheme, _, text = authorization.partition(" ")
    scheme, text = scheme.lower(), text.strip()
    if scheme not in {"dpop", "bearer"} or not text or any(letter in text for letter in " ,\t"):
        raise InvalidToken("The Authorization header must carry one token, with the scheme DPoP.")
    return scheme, text


def is_alive(token: AccessToken, now: datetime) -> bool:
    """Return whether an access token opens anything now: its time, its consent, its app, its person."""
    may_act = token.application.works_here and token.user.is_active
    return bool(now < token.expires and token.consent.opens(clock.now()) and may_act)


def _check_sender(token: AccessToken | OwnToken, scheme: str, text: str, facts: Facts) -> None:
    if not token.cnf:
        if scheme != "bearer" or not settings.SANDBOX:
            raise InvalidToken("The access token is a bearer token of the sandbox.")
        return
    if mtls.THUMBPRINT in token.cnf:
        _check_certificate(token, scheme, facts)
    else:
        _check_proof(token, scheme, text, facts)


def _check_proof(token: AccessToken | OwnToken, scheme: str, text: str, facts: Facts) -> None:
    """RFC 9449, 7: a bound token comes as DPoP, with a proof made for this request with its key."""
    if scheme != "dpop":
        raise InvalidToken("The access token is bound to a key: the scheme must be DPoP.")
    if not facts.proof:
        raise InvalidDpopProof("The request needs one DPoP header.")
    thumbprint = dpop.check_proof(
        facts.proof, method=facts.method, url=facts.url, now=facts.now, access_token=text
    )
    if token.cnf != {"jkt": thumbprint}:
        raise InvalidDpopProof("The proof was made with another key than the token's.")


def _check_certificate(token: AccessToken | OwnToken, scheme: str, facts: Facts) -> None:
    """RFC 8705, 3: a bound token comes as Bearer, over a connection that shows its certificate."""
    if scheme != "bearer":
        raise InvalidToken("The access token is bound to a certificate: the scheme must be Bearer.")
    if not mtls.is_bound_to(token.cnf, facts.certificate):
        raise InvalidToken("The access token is bound to another certificate than the connection's.")


def type_of(cnf: Mapping[str, str]) -> str:
    """Return the `token_type` of a token: DPoP for a key; a certificate's or an unbound one is Bearer."""
    return "DPoP" if "jkt" in cnf else "Bearer"


def _note_misuse(token: AccessToken | OwnToken, actor: Actor, failure: OAuthFailure) -> None:
    """A good token with a bad proof is a token in wrong hands."""
    target = ("token", token_reference(token.token_checksum))
    record_attempt("access.denied", by=actor, target=target, reason=failure.error)
