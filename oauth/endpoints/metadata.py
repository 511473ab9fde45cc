"""What this server can do, and only that (RFC 8414, OpenID Discovery, RFC 9728), and its public keys."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from bank.access.rate_limits import limit
from oauth import authorization_details, scopes, sign_in, signing_keys
from oauth.endpoints.answers import answer, endpoint
from oauth.endpoints.client_authentication import OPEN_TO_THE_EXPLORER, methods
from oauth.models.clients import NO_AUTHENTICATION
from oauth.protocol import client_metadata, grant_management
from oauth.protocol.authorization_request import RESPONSE_MODES
from oauth.protocol.jose import ALGORITHMS

CACHED_SECONDS = 300
ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "pushed_authorization_request_endpoint": "par",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "revocation_endpoint": "revoke",
    "introspection_endpoint": "introspect",
    "registration_endpoint": "register",
    "grant_management_endpoint": "grants",
}


@endpoint("GET", "HEAD")
@limit("metadata")
def server_metadata(request: HttpRequest) -> HttpResponse:
    """Return the server's metadata; both well-known paths answer the same (RFC 8414, 5)."""
    return _public(server())


@endpoint("GET", "HEAD")
@limit("metadata")
def resource_metadata(request: HttpRequest) -> HttpResponse:
    """Return the metadata of the API as a protected resource (RFC 9728)."""
    return _public(
        {
            "resource": settings.PUBLIC_ORIGIN,
            "authorization_servers": [settings.PUBLIC_ORIGIN],
            "jwks_uri": f"{settings.PUBLIC_ORIGIN}/.well-known/jwks.json",
            "scopes_supported": [name for name in scopes.all_scopes() if name not in scopes.BESIDE_DETAILS],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": list(ALGORITHMS),
            "dpop_bound_access_tokens_required": not (settings.SANDBOX or settings.MTLS_ORIGIN),
            "tls_client_certificate_bound_access_tokens": bool(settings.MTLS_ORIGIN),
            "resource_name": "Harbour Bank API",
            "resource_documentation": f"{settings.PUBLIC_ORIGIN}/docs/",
        }
    )


@endpoint("GET", "HEAD")
@limit("metadata")
def jwks(request: HttpRequest) -> HttpResponse:
    """Return the public keys ID tokens are signed with."""
    return _public(signing_keys.public_jwks())


def server() -> dict[str, Any]:
    """Return what the authorization server supports and announces (RFC 8414, 2)."""
    origin = settings.PUBLIC_ORIGIN
    return {
        "issuer": origin,
        **{name: f"{origin}/oauth/{path}" for name, path in ENDPOINTS.items()},
        "jwks_uri": f"{origin}/.well-known/jwks.json",
        "service_documentation": f"{origin}/docs/",
        "scopes_supported": list(scopes.all_scopes()),
        **_authorization(),
        **_client_authentication(),
        **_mutual_tls(),
        **_open_id(),
    }


def _authorization() -> dict[str, Any]:
    return {
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(client_metadata.GRANT_TYPES),
        "code_challenge_methods_supported": ["S256"],
        # The explorer of the sandbox is the one client that may come without a pushed request.
        "require_pushed_authorization_requests": not settings.SANDBOX,
        "authorization_response_iss_parameter_supported": True,
        "authorization_signing_alg_values_supported": list(signing_keys.SIGNING_ALGORITHMS),
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(ALGORITHMS),
        "require_signed_request_object": False,
        "introspection_signing_alg_values_supported": list(signing_keys.SIGNING_ALGORITHMS),
        "request_uri_parameter_supported": False,
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "authorization_details_types_supported": authorization_details.rich_types(),
        "grant_management_actions_supported": ["query", "revoke", *grant_management.ACTIONS],
        "grant_management_action_required": False,
    }


def _client_authentication() -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for door, name in (("token", "token"), ("revoke", "revocation"), ("introspect", "introspection")):
        is_open = settings.SANDBOX and door in OPEN_TO_THE_EXPLORER
        metadata[f"{name}_endpoint_auth_methods_supported"] = [*methods(), *[NO_AUTHENTICATION] * is_open]
        metadata[f"{name}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return metadata


def _mutual_tls() -> dict[str, Any]:
    """RFC 8705, 3.3 and 5: the same endpoints once more, where a client certificate is asked for."""
    if not settings.MTLS_ORIGIN:
        return {}
    aliases = {
        name: f"{settings.MTLS_ORIGIN}/oauth/{path}"
        for name, path in ENDPOINTS.items()
        if name not in {"authorization_endpoint", "registration_endpoint"}
    }
    return {"tls_client_certificate_bound_access_tokens": True, "mtls_endpoint_aliases": aliases}


def _open_id() -> dict[str, Any]:
    return {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(signing_keys.SIGNING_ALGORITHMS),
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "at_hash",
            "sid",
        ],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claims_parameter_supported": True,
        "acr_values_supported": list(sign_in.ACR_VALUES),
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    }


def _public(body: dict[str, Any]) -> HttpResponse:
    response = answer(body)
    response["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    del response["Pragma"]
    response["Access-Control-Allow-Origin"] = "*"
    return response
