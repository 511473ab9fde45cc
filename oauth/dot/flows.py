"""What the endpoints ask of the server, in the bank's words; no caller sees oauthlib."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from oauthlib.oauth2 import OAuth2Error
from oauthlib.oauth2.rfc6749.errors import InsufficientScopeError

from oauth.dot.facts import Facts
from oauth.dot.server import BankServer
from oauth.dot.token_type import check_own_token, check_token, is_own_token
from oauth.models import AccessToken, Consent, OwnToken, PushedAuthorizationRequest
from oauth.protocol.failures import InsufficientScope, InvalidRequest, OAuthFailure

_KNOWN_TO_OAUTHLIB = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An endpoint's answer before it becomes HTTP."""

    status: int
    headers: Mapping[str, str]
    body: str


def check_authorization_request(parameters: dict[str, str], facts: Facts) -> None:
    """Let oauthlib check a pushed request too, as it will when the code is made; raises OAuthFailure."""
    try:
        BankServer(facts).validate_authorization_request(_uri(parameters), http_method="GET")
    except OAuth2Error as error:
        failure = OAuthFailure(error.description or "")
        failure.error = error.error or InvalidRequest.error
        raise failure from error


def issue_code(pushed: PushedAuthorizationRequest, consent: Consent, facts: Facts) -> str:
    """Make a code for a consent and return the redirect URI that carries it; raises OAuthFailure.

    oauthlib answers what an app may no longer ask for by a redirect of its own: the consent must not stay.
    """
    facts.client, facts.consent, facts.parameters = pushed.client, consent, pushed.parameters
    facts.cnf = {"jkt": pushed.dpop_jkt} if pushed.dpop_jkt else {}
    headers, _, _ = BankServer(facts).create_authorization_response(
        _uri(pushed.parameters), scopes=consent.scope.split(), credentials={"user": consent.user}
    )
    location = str(headers["Location"])
    if "code" not in parse_qs(urlsplit(location).query):
        raise InvalidRequest("This app may not ask for this any more.")
    return location


def answer_token_request(form: Mapping[str, str], facts: Facts) -> Answer:
    """Redeem a code or a refresh token."""
    return _answered(BankServer(facts).create_token_response, form, facts)


def answer_revocation(form: Mapping[str, str], facts: Facts) -> Answer:
    """Revoke a token (RFC 7009)."""
    return _answered(BankServer(facts).create_revocation_response, form, facts)


def _answered(create_response: Callable[..., Any], form: Mapping[str, str], facts: Facts) -> Answer:
    """oauthlib gets the form as the bank has read it: nobody reads the body a second time, otherwise."""
    headers, body, status = create_response(facts.url, facts.method, dict(form), {})
    return Answer(status, headers, body or "")


def answer_userinfo(facts: Facts) -> Answer:
    """Tell who the token's person is (OpenID Connect Core, 5.3); raises OAuthFailure."""
    try:
        headers, body, status = BankServer(facts).create_userinfo_response(facts.url, facts.method)
    except InsufficientScopeError as error:
        raise InsufficientScope("This needs the scope openid.") from error
    except OAuth2Error as error:
        failure = OAuthFailure(error.description or "")
        failure.error, failure.status = error.error or InvalidRequest.error, error.status_code
        raise failure from error
    return Answer(status, headers, body)


def verify(facts: Facts) -> AccessToken:
    """Return the valid access token a request carries; raises OAuthFailure.

    By the check that oauthlib's userinfo asks too, without the objects oauthlib makes for each request.
    """
    return check_token(facts)


def verify_own(facts: Facts) -> OwnToken | None:
    """Return the valid token of an app that acts for itself, None for another kind; raises OAuthFailure."""
    return check_own_token(facts) if is_own_token(facts) else None


def _uri(parameters: Mapping[str, str]) -> str:
    """Return the request as oauthlib wants it; prompt, max_age and the rest are ours to decide."""
    return "/oauth/authorize?" + urlencode(
        {name: parameters[name] for name in _KNOWN_TO_OAUTHLIB if name in parameters}
    )
