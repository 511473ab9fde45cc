"""Grant management (OpenID FAPI Grant Management): an app asks what a grant allows, or gives it up.

A grant is a consent, and `grant_id` its id. The app brings an access token of the same person with the scope
`grant_management_query` or `grant_management_revoke`. A restriction (GDPR, Article 18) closes neither: the
app was told before what is answered, and to give up a grant is always right.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from audit.actor import Actor
from bank.access.rate_limits import check_keys, limit
from oauth import scopes
from oauth.actors import owner_of
from oauth.authorization_details import granted_in
from oauth.dot import facts as dot_facts
from oauth.dot import flows
from oauth.endpoints.answers import answer, endpoint
from oauth.errors import ConsentNotFound
from oauth.models import Consent
from oauth.operations import revoke_consent
from oauth.protocol.failures import InsufficientScope, UnknownGrant
from oauth.queries import get_consent


@endpoint("GET", "DELETE")
@limit("userinfo")
def grants(request: HttpRequest, grant_id: str = "") -> HttpResponse:
    """Return what a grant allows, or revoke it, 204; another's, or none, is as unknown as a made-up one."""
    is_query = request.method == "GET"
    by = _caller(request, scopes.GRANT_QUERY if is_query else scopes.GRANT_REVOKE)
    try:
        grant = get_consent(grant_id, owned_by=by)
        if grant.client.client_id != by.client_id:
            raise ConsentNotFound()
        if not is_query:
            revoke_consent(grant_id, by=by, reason="given_back")
    except ConsentNotFound as error:
        raise UnknownGrant("There is no such grant of this client.") from error
    return answer(_described(grant)) if is_query else _gone()


def _caller(request: HttpRequest, scope: str) -> Actor:
    facts = dot_facts.of_request(request)
    token = flows.verify(facts)
    check_keys("userinfo", request, client=token.application.client_id)
    if scope not in token.scope.split():
        raise InsufficientScope(f"This needs the scope {scope}.")
    return owner_of(token)


def _described(grant: Consent) -> dict[str, Any]:
    described: dict[str, Any] = {"scopes": [{"scope": grant.scope}], "claims": []}
    if granted := granted_in(grant):
        described["authorization_details"] = granted
    return described


def _gone() -> HttpResponse:
    response = answer("", 204)
    del response["Content-Type"]
    return response
