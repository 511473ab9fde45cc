"""Dynamic client registration and its management (RFC 7591, RFC 7592).

In the sandbox whoever asks may register an app. In production an organisation needs an initial access token
from staff, and its apps get no tokens before staff let them live (docs/decisions).
"""

from dataclasses import replace
from hmac import compare_digest
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.actor import ANONYMOUS
from audit.operations import record_attempt
from bank.access.rate_limits import check_keys, limit
from bank.wire.errors import InvalidJson, UnsupportedContent
from bank.wire.parsers import parse_object, require_utf8_json
from oauth import signing_keys
from oauth.actors import actor_for_client
from oauth.endpoints.answers import answer, endpoint
from oauth.endpoints.client_authentication import methods
from oauth.errors import RegistrationRefused
from oauth.models import Client
from oauth.operations import close_client, register_app, update_registration
from oauth.protocol import client_metadata, secrets, software_statement
from oauth.protocol.client_metadata import ClientMetadata, InvalidClientMetadata
from oauth.protocol.failures import InvalidRegistrationToken, InvalidRequest, not_strict
from oauth.queries import find_registration, find_software_statement

LARGEST_DOCUMENT = 32 * 1024
_NOT_SENT_BACK = (
    "registration_access_token",
    "registration_client_uri",
    "client_id_issued_at",
    "client_secret",
)


@endpoint("POST")
@limit("register")
def register(request: HttpRequest) -> HttpResponse:
    """Register an app and return its name at the bank, 201 (RFC 7591, 3.2.1)."""
    token = _bearer(request)
    if token is None and not settings.SANDBOX:
        _refuse("no_initial_access_token")
    metadata = _read(_document(request))
    try:
        registered = register_app(metadata, initial_access_token=token, by=ANONYMOUS)
    except RegistrationRefused:
        _refuse("initial_access_token_not_good")
    return answer(_described(registered.client, registered.registration_access_token), 201)


@endpoint("GET", "PUT", "DELETE")
@limit("registration")
def manage(request: HttpRequest, client_id: str) -> HttpResponse:
    """Return, replace or remove a registration, for who holds its registration access token (RFC 7592, 2)."""
    token = _bearer(request) or ""
    client = _authenticate(request, client_id, token)
    by = replace(actor_for_client(client), auth_method="registration_access_token")
    if request.method == "DELETE":
        close_client(client.client_id, by=by)
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    if request.method == "PUT":
        document = _document(request)
        _check_is_about(client, document)
        client = update_registration(client, _read(document), by=by)
    return answer(_described(client, token))


def _authenticate(request: HttpRequest, client_id: str, token: str) -> Client:
    client = find_registration(client_id) if "\x00" not in client_id else None
    known = client.registration_token_checksum if client else secrets.checksum("nobody's")
    if not compare_digest(known, secrets.checksum(token)) or client is None:
        _refuse("registration_access_token_not_good")
    check_keys("registration", request, client=client.client_id)
    return client


def _bearer(request: HttpRequest) -> str | None:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _refuse(reason: str) -> NoReturn:
    record_attempt("registration.refused", by=ANONYMOUS, target=("client", "unknown"), reason=reason)
    raise InvalidRegistrationToken(
        "This needs a token from the bank: for a new app an initial one, else the app's own."
    )


def _document(request: HttpRequest) -> dict[str, Any]:
    if request.META.get("QUERY_STRING"):
        raise InvalidRequest("Metadata belongs into the body, not into the URL.")
    try:
        require_utf8_json(request.META.get("CONTENT_TYPE", ""))
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_DOCUMENT:
            raise RequestDataTooBig
        return parse_object(request.body)
    except InvalidJson as error:
        raise InvalidClientMetadata(not_strict(error)) from error
    except UnsupportedContent as error:
        raise InvalidClientMetadata(error.title()) from error
    except (RequestDataTooBig, ValueError) as error:
        raise InvalidClientMetadata(f"The body may have {LARGEST_DOCUMENT} bytes.") from error


def _read(document: dict[str, Any]) -> ClientMetadata:
    issuers = software_statement.read_issuers(settings.SOFTWARE_STATEMENT_ISSUERS_FILE)
    document = software_statement.merged(document, issuers=issuers, now=timezone.now())
    return client_metadata.read(document, signing=signing_keys.SIGNING_ALGORITHMS, methods=methods())


def _check_is_about(client: Client, document: dict[str, Any]) -> None:
    """Refuse a document about another app, or with members the bank alone sets (RFC 7592, 2.2)."""
    if document.get("client_id") != client.client_id:
        raise InvalidRequest("client_id must be that of this registration.")
    if any(name in document for name in _NOT_SENT_BACK):
        raise InvalidRequest(f"Leave out {', '.join(_NOT_SENT_BACK)}.")


def _described(client: Client, token: str) -> dict[str, Any]:
    """Return the client information response (RFC 7591, 3.2.1; RFC 7592, 3)."""
    described = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        "registration_access_token": token,
        "registration_client_uri": f"{settings.PUBLIC_ORIGIN}/oauth/register/{client.client_id}",
        "client_name": client.name,
        "redirect_uris": client.redirect_uris.split(),
        "scope": " ".join(client.scopes),
        "grant_types": list(client_metadata.GRANT_TYPES),
        "response_types": ["code"],
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "require_pushed_authorization_requests": client.require_pushed_authorization_requests,
        "dpop_bound_access_tokens": client.dpop_bound_access_tokens,
        "tls_client_certificate_bound_access_tokens": client.tls_client_certificate_bound_access_tokens,
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "require_signed_request_object": client.require_signed_request_object,
        "require_http_message_signatures": client.require_http_message_signatures,
        "status": client.status,
    }
    optional = {
        **client.certificate_subject,
        "jwks": client.client_jwks,
        "jwks_uri": client.client_jwks_uri,
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "purpose": client.purpose,
        "organisation": client.organisation,
        "client_uri": client.homepage,
        "policy_uri": client.privacy_notice,
        "software_id": client.software_id,
        "software_version": client.software_version,
        "software_statement": find_software_statement(client),
        "authorization_details_types": client.authorization_details_types,
        "request_object_signing_alg": client.request_object_signing_alg,
        "authorization_signed_response_alg": client.authorization_signed_response_alg,
        "introspection_signed_response_alg": client.introspection_signed_response_alg,
    }
    return {**described, **{name: value for name, value in optional.items() if value}}
