"""How a client says who it is: a JWT signed with its registered key (RFC 7523, private_key_jwt)."""

from datetime import datetime
from typing import Any

from oauth.protocol import clock, jose
from oauth.protocol.failures import InvalidClient
from oauth.protocol.replay import use_once

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# RFC 8725, 3.11: a JWT made for something else, with the same key, is no assertion.
TYPES = ("jwt", "client-authentication+jwt")
LONGEST_LIFE_SECONDS = 600
LONGEST_JTI = 256
# The same words for a client that does not exist: nobody learns here who does.
UNKNOWN = "The assertion is not signed by a registered key of this client."


def read(parameters: dict[str, str]) -> jose.UncheckedJwt:
    """Return the client's assertion, unchecked; raises InvalidClient when there is none to speak of."""
    if "client_assertion" in parameters and parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(f"client_assertion_type must be {ASSERTION_TYPE}.")
    if "client_secret" in parameters or "client_assertion" not in parameters:
        raise InvalidClient(
            "The client must authenticate by private_key_jwt, or by its certificate where one is registered."
        )
    try:
        jwt = jose.read(parameters["client_assertion"])
    except jose.JoseRefused as refused:
        raise InvalidClient(str(refused)) from refused
    if str(jwt.header.get("typ", "JWT")).lower().removeprefix("application/") not in TYPES:
        raise InvalidClient(f"The type (typ) of a client assertion is {' or '.join(TYPES)}.")
    return jwt


def claimed_client(jwt: jose.UncheckedJwt, *, issuer: str, now: datetime) -> str:
    """Return the client_id an assertion claims, made for this server and now; raises InvalidClient."""
    claims = jwt.claims
    client_id = claims.get("iss")
    if not isinstance(client_id, str) or "\x00" in client_id or claims.get("sub") != client_id:
        raise InvalidClient("iss and sub must both be the client_id.")
    # FAPI 2.0, 5.3.2.1: the issuer as a string, no endpoint and no array, or an assertion could be passed on.
    if claims.get("aud") != issuer:
        raise InvalidClient(f"aud must be the issuer, {issuer}, as a string.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_JTI:
        raise InvalidClient(f"The assertion needs a jti, a string of 1 to {LONGEST_JTI} characters.")
    _check_times(claims, now)
    return client_id


def check_signature(jwt: jose.UncheckedJwt, *, client_id: str, jwks: object, now: datetime) -> None:
    """Raise InvalidClient unless a key of this client made the assertion, and it is used once."""
    if not any(jose.is_signed_by(jwt, key) for key in jose.candidates(jwt, jwks)):
        raise InvalidClient(UNKNOWN)
    seconds = int(jwt.claims["exp"] - now.timestamp()) + 1
    if not use_once("assertion", client_id, str(jwt.claims["jti"]), seconds=seconds):
        raise InvalidClient("The assertion was used before: each request needs one with a jti of its own.")


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    expires = clock.number(claims.get("exp"))
    if expires is None or clock.is_over(expires, now) or expires > now.timestamp() + LONGEST_LIFE_SECONDS:
        raise InvalidClient(f"exp must be ahead, by {LONGEST_LIFE_SECONDS} seconds at most.")
    for name in ("iat", "nbf"):
        if name in claims and clock.begins_too_late(claims[name], now):
            raise InvalidClient(f"{name} is no time, or lies in the future.")
