"""How the endpoints answer: JSON that nobody stores, errors in the words of RFC 6749, 5.2."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from bank.access.gate import PUBLIC
from bank.errors import TooMany, Unavailable
from oauth.challenges import challenge
from oauth.protocol.failures import (
    InvalidClient,
    InvalidRegistrationToken,
    OAuthFailure,
    TemporarilyUnavailable,
)

_SOON_SECONDS = 1
View = Callable[..., HttpResponseBase]


def endpoint(*methods: str) -> Callable[[View], View]:
    """Make a view an endpoint of the authorization server: these methods only, failures as OAuth errors."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods:
                return not_allowed(methods)
            try:
                return view(request, *args, **kwargs)
            except OAuthFailure as failure:
                return refusal(failure)
            except (TooMany, Unavailable) as error:
                return _not_now(error)

        answered.permission = PUBLIC  # type: ignore[attr-defined]
        return csrf_exempt(answered)

    return wrap


def answer(
    body: Mapping[str, Any] | str, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return a JSON answer that no cache keeps."""
    text = body if isinstance(body, str) else json.dumps(body)
    response = HttpResponse(text, status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def refusal(failure: OAuthFailure) -> HttpResponse:
    """Return an error answer; who could not prove who it is gets a challenge too."""
    headers = {"WWW-Authenticate": challenge(failure)} if failure.status in {401, 403} else {}
    if isinstance(failure, InvalidClient):
        headers = {"WWW-Authenticate": 'private_key_jwt error="invalid_client"'}
    if isinstance(failure, TemporarilyUnavailable):
        headers = {"Retry-After": str(_SOON_SECONDS)}
    if isinstance(failure, InvalidRegistrationToken):
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return answer(failure.body, failure.status, headers)


def not_allowed(methods: tuple[str, ...]) -> HttpResponse:
    """Return 405 for another method."""
    body = {"error": "invalid_request", "error_description": "The method is not allowed."}
    return answer(body, 405, {"Allow": ", ".join(methods)})


def _not_now(error: TooMany | Unavailable) -> HttpResponse:
    failure = TemporarilyUnavailable(error.title())
    status = 429 if isinstance(error, TooMany) else 503
    return answer(failure.body, status, {"Retry-After": str(error.retry_after_seconds or 5)})
