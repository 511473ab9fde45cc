"""Who calls the API: the access token becomes a login and an Actor, or the request ends here."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit.actor import Actor
from bank.errors import BankError, Unavailable
from bank.observability.context import current
from bank.observability.glass_box import acts
from oauth import challenges
from oauth.actors import actor_for_own_token, actor_for_token
from oauth.dot import facts, flows
from oauth.errors import InvalidAccessToken, TokenInUrl
from oauth.models import AccessToken, OwnToken, User
from oauth.protocol.failures import InvalidRequest, OAuthFailure, TemporarilyUnavailable


class TokenAuthentication(BaseAuthentication):
    """Checks the token of a request (FAPI 2.0, 5.3.4). A bad one raises: nothing else may decide next."""

    @acts(1, "access token, its consent, app and person")
    def authenticate(self, request: Request) -> tuple[User | None, Actor] | None:
        """Return the login, if there is one, and the Actor; None without a token.

        Raises InvalidAccessToken, TokenInUrl, Unavailable.
        """
        if "HTTP_AUTHORIZATION" not in request.META and "access_token" not in request.GET:
            return None
        try:
            token = _verified(request)
        except TemporarilyUnavailable as failure:
            raise Unavailable(retry_after_seconds=1) from failure
        except OAuthFailure as failure:
            raise _challenging(InvalidAccessToken(failure.description), failure) from failure
        client = token.client if isinstance(token, OwnToken) else token.application
        current().client_id = client.client_id
        vars(request._request)["oauth_client"] = client
        if isinstance(token, OwnToken):
            return None, actor_for_own_token(token)
        return token.user, actor_for_token(token)

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a request without a token (RFC 9449, 7.1)."""
        return challenges.challenge()


def _verified(request: Request) -> AccessToken | OwnToken:
    if "access_token" in request.GET:
        raise _challenging(TokenInUrl(), InvalidRequest(TokenInUrl.title()))
    known = facts.of_request(request._request)
    return flows.verify_own(known) or flows.verify(known)


def _challenging(error: BankError, failure: OAuthFailure) -> BankError:
    """Return an error of the API that carries the challenge of OAuth's (RFC 6750, 3)."""
    error.headers = {"WWW-Authenticate": challenges.challenge(failure)}
    return error
