"""The parameters of a pushed request: signed where the app signs, or has to (RFC 9101)."""

from datetime import datetime

from django.conf import settings

from oauth import client_keys
from oauth.models import Client
from oauth.protocol import request_object
from oauth.protocol.failures import InvalidClient, InvalidRequest, InvalidRequestObject


def unpacked(form: dict[str, str], client: Client, now: datetime) -> dict[str, str]:
    """Return what the app asks for: the claims of its request object alone, if it sent one.

    Raises InvalidRequest, InvalidRequestObject.
    """
    if "request" not in form:
        if client.require_signed_request_object:
            raise InvalidRequest("This client must sign its requests: send a request object (RFC 9101).")
        return form
    if "request_uri" in form:
        raise InvalidRequest("request_uri does not belong into a pushed request.")
    jwt = request_object.read(form["request"])
    try:
        jwks = client_keys.jwks_of(client, kid=jwt.header.get("kid"))
    except InvalidClient as failure:
        raise InvalidRequestObject(failure.description) from failure
    return request_object.parameters_of(
        jwt,
        client_id=client.client_id,
        issuer=settings.PUBLIC_ORIGIN,
        jwks=jwks,
        algorithm=client.request_object_signing_alg,
        now=now,
    )
