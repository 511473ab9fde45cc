"""Token revocation (RFC 7009): an app gives back its own tokens."""

from django.http import HttpRequest, HttpResponse

from bank.access.rate_limits import limit
from oauth.dot import facts as dot_facts
from oauth.dot import flows
from oauth.endpoints.answers import answer, endpoint
from oauth.endpoints.client_authentication import authenticate
from oauth.protocol.form import read_form


@endpoint("POST")
@limit("revoke")
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke a token of this app; an unknown or foreign one is answered alike (RFC 7009, 2.2)."""
    facts = dot_facts.of_request(request)
    form = read_form(request)
    authenticate(request, form, facts, door="revoke")
    answered = flows.answer_revocation(form, facts)
    return answer(answered.body or "{}", answered.status, answered.headers)
