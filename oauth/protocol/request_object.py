"""Signed request objects (RFC 9101) by the rules of FAPI 2.0 Message Signing, 5.3: what is asked is signed.

The parameters are the claims of the JWT and nothing else: what stands beside it in the form is not read.
"""

import json
from datetime import datetime
from typing import Any

from oauth.protocol import clock, jose
from oauth.protocol.failures import InvalidRequestObject
from oauth.protocol.form import MOST_PARAMETERS
from oauth.protocol.replay import use_once

TYPE = "oauth-authz-req+jwt"
LONGEST_LIFE_SECONDS = 60 * 60
LONGEST_JTI = 256
# What is about the JWT, not about the request. No `sub`: a request object must not do as a client assertion.
_ABOUT_THE_JWT = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})
_REFUSED = frozenset({"sub", "request", "request_uri", "client_assertion", "client_secret"})
_AS_JSON = frozenset({"authorization_details", "claims"})


def read(text: str) -> jose.UncheckedJwt:
    """Return a request object of the right type, unchecked; raises InvalidRequestObject."""
    try:
        jwt = jose.read(text)
    except jose.JoseRefused as refused:
        raise InvalidRequestObject(str(refused)) from refused
    if str(jwt.header.get("typ", "")).lower().removeprefix("application/") != TYPE:
        raise InvalidRequestObject(f"The type (typ) must be {TYPE}.")
    return jwt


def parameters_of(
    jwt: jose.UncheckedJwt, *, client_id: str, issuer: str, jwks: object, algorithm: str, now: datetime
) -> dict[str, str]:
    """Return the parameters a client signed; `algorithm` is the one it registered, if any.

    Raises InvalidRequestObject.
    """
    if algorithm and jwt.algorithm != algorithm:
        raise InvalidRequestObject(f"This client registered {algorithm}.")
    if not any(jose.is_signed_by(jwt, key) for key in jose.candidates(jwt, jwks)):
        raise InvalidRequestObject("The request object is not signed by a registered key of this client.")
    _check_parties(jwt.claims, client_id, issuer)
    _check_times(jwt.claims, now)
    _check_first_use(jwt.claims, client_id, now)
    return _parameters(jwt.claims)


def _check_parties(claims: dict[str, Any], client_id: str, issuer: str) -> None:
    if claims.get("iss") != client_id or claims.get("client_id") != client_id:
        raise InvalidRequestObject("iss and client_id must both be the client.")
    audience = claims.get("aud")
    if audience != issuer and not (isinstance(audience, list) and issuer in audience):
        raise InvalidRequestObject("aud must be the issuer.")
    refused = sorted(_REFUSED & claims.keys())
    if refused:
        raise InvalidRequestObject(f"A request object holds no {', '.join(refused)}.")


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    begins, ends = clock.number(claims.get("nbf")), clock.number(claims.get("exp"))
    if begins is None or clock.begins_too_late(begins, now):
        raise InvalidRequestObject("nbf must be there, and not in the future.")
    # Ahead of now and an hour after nbf at most: so nbf cannot lie further back than that hour either.
    if ends is None or clock.is_over(ends, now) or ends > begins + LONGEST_LIFE_SECONDS:
        raise InvalidRequestObject("exp must be there, ahead, and 60 minutes after nbf at most.")
    if "iat" in claims and clock.begins_too_late(claims["iat"], now):
        raise InvalidRequestObject("iat lies in the future.")


def _check_first_use(claims: dict[str, Any], client_id: str, now: datetime) -> None:
    jti = claims.get("jti")
    if jti is None:
        return
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_JTI:
        raise InvalidRequestObject("jti must be a string.")
    if not use_once("request-object", client_id, jti, seconds=int(claims["exp"] - now.timestamp()) + 1):
        raise InvalidRequestObject("The request object was used before.")


def _parameters(claims: dict[str, Any]) -> dict[str, str]:
    parameters = {
        name: _as_parameter(name, value) for name, value in claims.items() if name not in _ABOUT_THE_JWT
    }
    if len(parameters) > MOST_PARAMETERS or any("\x00" in text for text in parameters.values()):
        raise InvalidRequestObject("The request object holds too many parameters, or a NUL character.")
    return {name: text for name, text in parameters.items() if text}


def _as_parameter(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in _AS_JSON and isinstance(value, dict | list):
        return json.dumps(value)
    raise InvalidRequestObject(f"{name[:64]} must be a string.")
