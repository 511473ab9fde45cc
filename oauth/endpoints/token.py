"""The token endpoint (RFC 6749, 3.2): a code or a refresh token becomes an access token bound to a key."""

import json

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from audit.operations import record_attempt
from bank.access.rate_limits import limit
from bank.observability import metrics
from oauth.dot import facts as dot_facts
from oauth.dot import flows
from oauth.dot.facts import Facts
from oauth.endpoints import own_token
from oauth.endpoints.answers import answer, endpoint
from oauth.endpoints.client_authentication import authenticate, bind
from oauth.protocol import resource
from oauth.protocol.client_metadata import GRANT_TYPES
from oauth.protocol.failures import (
    InvalidAuthorizationDetails,
    InvalidRequest,
    OAuthFailure,
    TemporarilyUnavailable,
    UnsupportedGrantType,
    UseDpopNonce,
)
from oauth.protocol.form import read_form

WORDS = (
    "The code or refresh token is unknown, used or ended, or not for this client or key; or redirect_uri or "
    "code_verifier is missing or another one."
)

TOO_MUCH = "The scope is more than was granted, or not written as scopes are."


@endpoint("POST")
@limit("token")
def token(request: HttpRequest) -> HttpResponse:
    """Answer a token request; what becomes of it is counted, and a refusal recorded."""
    facts, form = dot_facts.of_request(request), dict[str, str]()
    try:
        form.update(read_form(request))
        return _counted(form, _answered(request, form, facts))
    except OAuthFailure as failure:
        metrics.TOKEN_REQUESTS.labels(_grant_type(form), failure.error).inc()
        if facts.client and not isinstance(failure, UseDpopNonce | TemporarilyUnavailable):
            _record_refusal(facts, failure.error)
        raise


def _answered(request: HttpRequest, form: dict[str, str], facts: Facts) -> HttpResponse:
    """Client and key are proved first; the rest is one transaction."""
    authenticate(request, form, facts, door="token")
    _check_grant_type(form)
    if "authorization_details" in form:
        raise InvalidAuthorizationDetails(
            "What was granted is about one thing: no token is for a part of it."
        )
    resource.check(form, origin=settings.PUBLIC_ORIGIN)
    bind(facts)
    if form["grant_type"] == own_token.GRANT_TYPE:
        return answer(own_token.issue(form.get("scope", ""), facts))
    with transaction.atomic():
        # A refusal is answered, not raised: that a replayed code ended its consent must be committed.
        answered = flows.answer_token_request(form, facts)
    if answered.status >= 400:
        return _refused(answered, facts)
    return answer(answered.body, answered.status, answered.headers)


def _counted(form: dict[str, str], response: HttpResponse) -> HttpResponse:
    outcome = "issued" if response.status_code == 200 else json.loads(response.content)["error"]
    metrics.TOKEN_REQUESTS.labels(_grant_type(form), outcome).inc()
    return response


def _grant_type(form: dict[str, str]) -> str:
    """Return a label: a type the bank knows, never what a client made up."""
    sent = form.get("grant_type", "none")
    return sent if sent in {*GRANT_TYPES, "none"} else "other"


def _refused(answered: flows.Answer, facts: Facts) -> HttpResponse:
    """Record the refusal, and say in words what oauthlib says by a code alone."""
    body = json.loads(answered.body)
    words = TOO_MUCH if body["error"] == "invalid_scope" else WORDS
    body = {"error_description": words, **body}
    _record_refusal(facts, str(body["error"]))
    return answer(body, answered.status, answered.headers)


def _record_refusal(facts: Facts, error: str) -> None:
    target = ("client", facts.known_client.client_id)
    record_attempt("token.refused", by=facts.actor(), target=target, reason=error)


def _check_grant_type(form: dict[str, str]) -> None:
    """oauthlib would take `openid` for a code, and answer a missing type as an unsupported one."""
    if "grant_type" not in form:
        raise InvalidRequest("grant_type is missing.")
    if form["grant_type"] not in GRANT_TYPES:
        raise UnsupportedGrantType(f"grant_type must be one of {', '.join(GRANT_TYPES)}.")
