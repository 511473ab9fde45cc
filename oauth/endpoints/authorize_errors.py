"""What goes wrong at the authorization endpoint: a page of the bank, or an answer to the registered app."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from oauth.endpoints import authorization_responses
from oauth.models import PushedAuthorizationRequest
from oauth.protocol.failures import OAuthFailure

UNREADABLE = _("The address of this page is damaged.")
UNKNOWN_APP = _("The bank does not know the app that sent you here.")
UNKNOWN_REQUEST = _("The bank does not know this request. It may have been answered long ago.")
UNKNOWN_RETURN = _("The app asked to send you back to an address it has not registered.")
NOT_PUSHED = _("The app did not send its request to the bank first, as it must.")
DECIDED = _(
    "This request has been answered already, or its time is over. Go back to the app and start again."
)


class BankPage(Exception):
    """The request cannot be believed so far that a browser may be sent anywhere with it."""


def bank_page(request: HttpRequest, page: BankPage) -> HttpResponse:
    """Return the bank's own error page: never a redirect (RFC 6749, 4.1.2.1)."""
    return render(request, "oauth/error.html", {"title": str(page)}, status=400)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    """Return the page for any method but GET and POST."""
    response = render(request, "oauth/error.html", {"title": UNREADABLE}, status=405)
    response["Allow"] = "GET, POST"
    return response


def error_uri(pushed: PushedAuthorizationRequest, failure: OAuthFailure) -> str:
    """Return the way back to the app with an error, its state and `iss` (RFC 9207)."""
    return authorization_responses.error_uri(pushed.client, pushed.parameters, failure)


def url(path: str, parameters: dict[str, str]) -> str:
    """Return a path with a query."""
    return f"{path}?{urlencode(parameters)}"
