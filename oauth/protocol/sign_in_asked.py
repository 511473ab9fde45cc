"""How well a person is to sign in: `acr_values` and `claims` (OpenID Connect Core, 3.1.2.1 and 5.5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oauth.protocol.failures import InvalidRequest
from oauth.sign_in import ACR_VALUES

UNREADABLE = "claims must be a JSON object of requests as OpenID Connect Core, 5.5 has them."


@dataclass(frozen=True, slots=True)
class Asked:
    """The classes of sign-in an app would take, whether nothing less will do, and whose it must be."""

    acr_values: tuple[str, ...] = ()
    is_essential: bool = False
    subject: str = ""

    def is_met_by(self, acr: str) -> bool:
        """Return whether a sign-in is of one of the classes asked for, or of a stronger one."""
        weakest = max((ACR_VALUES.index(value) for value in self._known), default=-1)
        return not self.acr_values or ACR_VALUES.index(acr) <= weakest

    @property
    def can_be_met(self) -> bool:
        """Whether this bank knows any of the classes."""
        return bool(self._known)

    @property
    def _known(self) -> list[str]:
        return [value for value in self.acr_values if value in ACR_VALUES]


def asked(parameters: Mapping[str, str]) -> Asked:
    """Return what a request asks of the sign-in; raises InvalidRequest for unreadable claims.

    An essential `acr` claim goes before the `acr_values` wished for.
    """
    wishes = tuple(parameters.get("acr_values", "").split())
    in_id_token = _of_id_token(parameters.get("claims", "{}"))
    acr, subject = _request(in_id_token, "acr"), _request(in_id_token, "sub")
    values = _values(acr)
    return Asked(
        acr_values=values or wishes,
        is_essential=acr.get("essential") is True and bool(values),
        subject=next(iter(_values(subject)), ""),
    )


def naming(parameters: Mapping[str, str], subject: str) -> str:
    """Return the `claims` of a request that is for this person alone, which is what an `id_token_hint` says.

    Raises InvalidRequest where they are for somebody else already.
    """
    if asked(parameters).subject not in {"", subject}:
        raise InvalidRequest("id_token_hint and claims name two people.")
    claims = json.loads(parameters.get("claims", "{}"))
    in_id_token = {**_request(claims, "id_token"), "sub": {"value": subject}}
    return json.dumps({**claims, "id_token": in_id_token})


def _of_id_token(text: str) -> dict[str, Any]:
    try:
        claims = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(UNREADABLE) from error
    if not isinstance(claims, dict):
        raise InvalidRequest(UNREADABLE)
    return _request(claims, "id_token")


def _request(members: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what is asked of a member: null asks for it, and no more."""
    request = members.get(name)
    if request is not None and not isinstance(request, dict):
        raise InvalidRequest(UNREADABLE)
    return request or {}


def _values(request: dict[str, Any]) -> tuple[str, ...]:
    values = request.get("values", [request["value"]] if "value" in request else [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidRequest(UNREADABLE)
    return tuple(values)
