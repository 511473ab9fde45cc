"""How an OAuth endpoint says no (RFC 6749, 5.2; RFC 9449, 7; RFC 6750, 3.1)."""

import re
from collections.abc import Iterable

from bank.errors import BankError

_SPEAKABLE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,64}")
_MOST_NAMED = 5


def as_sent(names: Iterable[str]) -> str:
    """Return what a client sent, to be named in a description: as RFC 6749, 5.2 lets it stand there."""
    speakable = [name if _SPEAKABLE.fullmatch(name) else "(unreadable)" for name in names]
    return ", ".join(speakable[:_MOST_NAMED])


def printable(words: str) -> str:
    """Return words as RFC 6749, 5.2 lets an error_description be written."""
    return words[:300].encode("ascii", "replace").decode().replace('"', "'").replace("\\", "/")


def not_strict(error: BankError) -> str:
    """Return where a text is not the JSON this bank reads, and why."""
    wrong = ", ".join(f"{said.pointer or 'the whole'}: {said.detail or said.code}" for said in error.errors)
    return printable(f"This is not strict JSON ({wrong or error.title()}).")


class OAuthFailure(Exception):
    """An error code, a description for the developer, and the HTTP status the RFC asks for."""

    error = "invalid_request"
    status = 400

    def __init__(self, description: str = "") -> None:
        super().__init__(description)
        self.description = description

    @property
    def body(self) -> dict[str, str]:
        """The JSON members of the answer."""
        return {"error": self.error, "error_description": self.description or self.error}


class InvalidRequest(OAuthFailure):
    error = "invalid_request"


class RequestTooLarge(InvalidRequest):
    """More than is read (RFC 9126, 2.3)."""

    status = 413


class InvalidClient(OAuthFailure):
    error = "invalid_client"
    status = 401


class InvalidScope(OAuthFailure):
    error = "invalid_scope"


class UnauthorizedClient(OAuthFailure):
    error = "unauthorized_client"


class UnsupportedGrantType(OAuthFailure):
    error = "unsupported_grant_type"


class UnsupportedResponseType(OAuthFailure):
    error = "unsupported_response_type"


class InvalidTarget(OAuthFailure):
    error = "invalid_target"


class InvalidAuthorizationDetails(OAuthFailure):
    error = "invalid_authorization_details"


class InvalidGrantId(OAuthFailure):
    error = "invalid_grant_id"


class UnknownGrant(InvalidGrantId):
    status = 404


class InsufficientScope(OAuthFailure):
    error = "insufficient_scope"
    status = 403


class InvalidDpopProof(OAuthFailure):
    error = "invalid_dpop_proof"


class UseDpopNonce(InvalidDpopProof):
    error = "use_dpop_nonce"


class InvalidToken(OAuthFailure):
    error = "invalid_token"
    status = 401


class NoToken(InvalidToken):
    """Nobody tried to authenticate: the challenge names no error (RFC 6750, 3.1)."""


class InvalidRegistrationToken(InvalidToken):
    """Of an initial or a registration access token: bearer tokens by RFC 7591 and RFC 7592."""


class InvalidRequestObject(OAuthFailure):
    error = "invalid_request_object"


class AccessDenied(OAuthFailure):
    error = "access_denied"


class LoginRequired(OAuthFailure):
    error = "login_required"


class ConsentRequired(OAuthFailure):
    error = "consent_required"


class UnmetAuthenticationRequirements(OAuthFailure):
    error = "unmet_authentication_requirements"


class TemporarilyUnavailable(OAuthFailure):
    error = "temporarily_unavailable"
    status = 503
