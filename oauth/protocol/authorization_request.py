"""What an app may ask a person for, checked when it pushes (RFC 9126, FAPI 2.0 5.3.2.2)."""

from collections.abc import Collection

from bank.access.permissions import OWN_SCOPES
from oauth import scopes
from oauth.protocol import grant_management, jarm, pkce, sign_in_asked
from oauth.protocol.dpop import is_thumbprint
from oauth.protocol.failures import (
    InvalidRequest,
    InvalidScope,
    OAuthFailure,
    UnsupportedResponseType,
    as_sent,
)

KEPT = frozenset(
    {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge"}
    | {"code_challenge_method", "prompt", "max_age", "acr_values", "claims", "dpop_jkt", "response_mode"}
    | grant_management.PARAMETERS
)
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
RESPONSE_MODES = ("query", *jarm.RESPONSE_MODES)
LONGEST_NONCE = 512
NO_SCOPE = (
    "Say in scope what is wanted: there is no default. For what the app does for itself "
    f"({', '.join(sorted(OWN_SCOPES))}) it gets a token of its own by client_credentials."
)


def check(
    parameters: dict[str, str], *, redirect_uris: Collection[str], allowed_scopes: Collection[str]
) -> None:
    """Raise the RFC's error unless this client may push this request."""
    _check_not_by_reference(parameters)
    if "response_type" not in parameters:
        raise InvalidRequest("response_type is missing: it must be code.")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseType("response_type must be code.")
    if parameters.get("response_mode", "query") not in RESPONSE_MODES:
        raise InvalidRequest(f"response_mode must be one of {', '.join(RESPONSE_MODES)}.")
    if parameters.get("redirect_uri") not in redirect_uris:
        raise InvalidRequest("redirect_uri must be one of the registered ones, character by character.")
    pkce.check_challenge(parameters)
    _check_scope(parameters.get("scope", ""), allowed_scopes)
    _check_sign_in(parameters)
    grant_management.check(parameters)


def kept(parameters: dict[str, str]) -> dict[str, str]:
    """Return the parameters the bank understands; it ignores the others (RFC 6749, 3.1)."""
    return {name: value for name, value in parameters.items() if name in KEPT}


def prompts(parameters: dict[str, str]) -> frozenset[str]:
    """Return the values of `prompt` (OpenID Connect Core, 3.1.2.1)."""
    return frozenset(parameters.get("prompt", "").split())


def _check_not_by_reference(parameters: dict[str, str]) -> None:
    if "request_uri" in parameters:
        raise InvalidRequest("request_uri does not belong into a pushed request.")
    if "request" in parameters:
        failure = OAuthFailure("Request objects are not supported.")
        failure.error = "request_not_supported"
        raise failure


def _check_scope(scope: str, allowed: Collection[str]) -> None:
    asked = scopes.split(scope)
    if not asked:
        raise InvalidScope(NO_SCOPE)
    if beyond := [name for name in asked if name not in allowed]:
        raise InvalidScope(f"Unknown, or not for this client to ask for: {as_sent(beyond)}.")


def _check_sign_in(parameters: dict[str, str]) -> None:
    asked = prompts(parameters)
    if not asked <= PROMPTS or ("none" in asked and len(asked) > 1):
        raise InvalidRequest("prompt has a value that is not supported, or none beside others.")
    max_age = parameters.get("max_age", "0")
    if not (max_age.isascii() and max_age.isdigit() and len(max_age) < 10):
        raise InvalidRequest("max_age must be a number of seconds.")
    sign_in_asked.asked(parameters)
    if len(parameters.get("nonce", "")) > LONGEST_NONCE:
        raise InvalidRequest(f"nonce may have {LONGEST_NONCE} characters.")
    if "dpop_jkt" in parameters and not is_thumbprint(parameters["dpop_jkt"]):
        raise InvalidRequest("dpop_jkt must be the SHA-256 thumbprint of a key.")
