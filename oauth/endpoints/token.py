"""The token endpoint (RFC 6749, 3.2): a code or a refresh token becomes an access token bound to a key."""

import json

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from audit.operations import record_attempt
from bank.access.rate_limits import limit
from oauth.dot import facts as dot_facts
from oauth.dot import flows
from oauth.dot.facts import Facts
from oauth.dot.validator import GRANT_TYPES
from oauth.endpoints.answers import answer, endpoint
from oauth.endpoints.client_authentication import authenticate, bind
from oauth.protocol.failures import InvalidRequest, UnsupportedGrantType
from oauth.protocol.form import read_form

WORDS = "The code or refresh token is unknown, used or ended, or not for this client, key or redirect_uri."


@endpoint("POST")
@limit("token")
def token(request: HttpRequest) -> HttpResponse:
    """Answer a token request. Client and key are proved first; the rest is one transaction."""
    facts = dot_facts.of_request(request)
    form = read_form(request)
    authenticate(request, form, facts, door="token")
    _check_grant_type(form)
    bind(facts)
    with transaction.atomic():
        # A refusal is answered, not raised: that a replayed code ended its consent must be committed.
        answered = flows.answer_token_request(request, facts)
    if answered.status >= 400:
        return _refused(answered, facts)
    return answer(answered.body, answered.status, answered.headers)


def _refused(answered: flows.Answer, facts: Facts) -> HttpResponse:
    """Record the refusal, and say in words what oauthlib says by a code alone."""
    body = {"error_description": WORDS, **json.loads(answered.body)}
    target = ("client", facts.known_client.client_id)
    record_attempt("token.refused", by=facts.actor(), target=target, reason=str(body["error"]))
    return answer(body, answered.status, answered.headers)


def _check_grant_type(form: dict[str, str]) -> None:
    """oauthlib would take `openid` for a code, and answer a missing type as an unsupported one."""
    if "grant_type" not in form:
        raise InvalidRequest("grant_type is missing.")
    if form["grant_type"] not in GRANT_TYPES:
        raise UnsupportedGrantType("grant_type must be authorization_code or refresh_token.")
