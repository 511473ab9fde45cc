"""The way back to the app: plain with `iss` (RFC 9207), or one signed JWT where it asked for that (JARM)."""

from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.utils import timezone

from oauth import signing_keys
from oauth.models import Client
from oauth.protocol import jarm, redirect
from oauth.protocol.failures import OAuthFailure

DEFAULT_ALGORITHM = "PS256"


def success_uri(client: Client, parameters: dict[str, str], location: str) -> str:
    """Return the redirect that carries a code; `location` is it without `iss` or signature."""
    if not _is_signed(parameters):
        return redirect.with_issuer(location, settings.PUBLIC_ORIGIN)
    said = dict(parse_qsl(urlsplit(location).query))
    return _signed(client, parameters, {name: said[name] for name in ("code", "state") if name in said})


def error_uri(client: Client, parameters: dict[str, str], failure: OAuthFailure) -> str:
    """Return the redirect that carries an error, to a redirect URI that is registered."""
    state = parameters.get("state")
    if not _is_signed(parameters):
        return redirect.answer_uri(parameters["redirect_uri"], settings.PUBLIC_ORIGIN, failure.body, state)
    return _signed(client, parameters, {**failure.body, **({"state": state} if state else {})})


def _is_signed(parameters: dict[str, str]) -> bool:
    return parameters.get("response_mode") in jarm.RESPONSE_MODES


def _signed(client: Client, parameters: dict[str, str], answer: dict[str, str]) -> str:
    algorithm = client.authorization_signed_response_alg or DEFAULT_ALGORITHM
    response = jarm.issue(
        answer,
        issuer=settings.PUBLIC_ORIGIN,
        client_id=client.client_id,
        algorithm=algorithm,
        key=signing_keys.signing_key(algorithm),
        now=timezone.now(),
    )
    return redirect.with_parameters(parameters["redirect_uri"], {"response": response})
