"""UserInfo (OpenID Connect Core, 5.3): who a token's person is, to an app that was given `openid`."""

from django.http import HttpRequest, HttpResponse

from bank.access.rate_limits import check_keys, limit
from oauth.dot import facts as dot_facts
from oauth.dot import flows
from oauth.endpoints.answers import answer, endpoint
from oauth.errors import TokenInUrl
from oauth.protocol.failures import InvalidRequest


@endpoint("GET", "POST")
@limit("userinfo")
def userinfo(request: HttpRequest) -> HttpResponse:
    """Return the subject; the token comes in the Authorization header, with its proof."""
    if "access_token" in request.GET:
        raise InvalidRequest(TokenInUrl.title())
    facts = dot_facts.of_request(request)
    answered = flows.answer_userinfo(facts)
    if facts.access_token:
        check_keys("userinfo", request, client=facts.access_token.application.client_id)
    return answer(answered.body, answered.status, answered.headers)
