"""Which pushed request a browser brings to the authorization endpoint."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from audit.actor import ANONYMOUS
from audit.operations import record_attempt
from oauth import sign_in
from oauth.authorization_details import requested_in
from oauth.dot import facts as dot_facts
from oauth.endpoints import authorization_responses
from oauth.endpoints import authorize_errors as errors
from oauth.endpoints.par import check
from oauth.models import Client, PushedAuthorizationRequest
from oauth.operations import push_request
from oauth.operations.requests import is_open
from oauth.protocol.authorization_request import prompts
from oauth.protocol.failures import InvalidAuthorizationDetails, InvalidRequest, OAuthFailure
from oauth.protocol.form import read_parameters
from oauth.queries import find_client, find_pushed_request

PATH = "/oauth/authorize"
# OpenID Connect Core, 3.1.2.1: another login is chosen where one signs in.
SIGN_IN_AGAIN = frozenset({"login", "select_account"})


def find_asked(request: HttpRequest) -> PushedAuthorizationRequest | str:
    """Return the open request the URL names, or where to go instead; raises BankPage."""
    try:
        parameters = read_parameters(request.META.get("QUERY_STRING", ""))
    except InvalidRequest as failure:
        raise errors.BankPage(errors.UNREADABLE) from failure
    client = find_client(parameters.get("client_id", ""))
    if client is None:
        raise errors.BankPage(errors.UNKNOWN_APP)
    if "request_uri" not in parameters:
        return _push_for_the_explorer(request, client, parameters)
    pushed = find_pushed_request(parameters["request_uri"], client.client_id)
    if pushed is None:
        raise errors.BankPage(errors.UNKNOWN_REQUEST)
    _check_still_good(pushed)
    return pushed


def must_sign_in_again(request: HttpRequest, pushed: PushedAuthorizationRequest) -> bool:
    """Return whether the app, or what it asks for, wants a fresher sign-in than this session's.

    The one place that judges a sign-in before a consent page is shown or a decision taken: what a payment
    asks of `sign_in.of_session(request)` (its time, its acr) belongs here. One after the app asked is fresh.
    """
    signed_in_at = sign_in.of_session(request).auth_time
    if signed_in_at >= pushed.created_at:
        return False
    limits = _oldest_sign_in_seconds(pushed)
    too_old = bool(limits) and timezone.now() - signed_in_at > timedelta(seconds=min(limits))
    return too_old or not SIGN_IN_AGAIN.isdisjoint(prompts(pushed.parameters))


def _oldest_sign_in_seconds(pushed: PushedAuthorizationRequest) -> list[int]:
    """Return how old the sign-in may be: what the app asks for, and what the thing itself asks for."""
    max_age = pushed.parameters.get("max_age")
    requested = requested_in(pushed)
    freshest = requested.type.freshest_sign_in_seconds if requested else None
    return [int(seconds) for seconds in (max_age, freshest) if seconds is not None]


def _check_still_good(pushed: PushedAuthorizationRequest) -> None:
    if not is_open(pushed, timezone.now()):
        raise errors.BankPage(errors.DECIDED)
    if not pushed.client.redirect_uri_allowed(pushed.parameters["redirect_uri"]):
        raise errors.BankPage(errors.UNKNOWN_RETURN)


def _push_for_the_explorer(request: HttpRequest, client: Client, parameters: dict[str, str]) -> str:
    """Push for the one client that cannot, in the sandbox; from any other this is refused."""
    facts = dot_facts.of_request(request)
    facts.client = client
    if client.require_pushed_authorization_requests or not settings.SANDBOX:
        record_attempt(
            "authorization.refused", by=ANONYMOUS, target=("client", client.client_id), reason="not_pushed"
        )
        raise errors.BankPage(errors.NOT_PUSHED)
    try:
        if "authorization_details" in parameters:
            raise InvalidAuthorizationDetails("Authorization details must be pushed.")
        check(parameters, facts)
    except OAuthFailure as failure:
        if not client.redirect_uri_allowed(parameters.get("redirect_uri", "")):
            raise errors.BankPage(errors.UNKNOWN_RETURN) from failure
        return authorization_responses.error_uri(client, parameters, failure)
    pushed = push_request(client=client, parameters=parameters, by=facts.actor())
    return errors.url(PATH, {"client_id": client.client_id, "request_uri": pushed.request_uri})
