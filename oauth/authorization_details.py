"""What a consent can be about: types of authorization details (RFC 9396), registered by their apps.

`oauth` knows no account and no payment. An app that does registers its types when it starts:

    authorization_details.register(AccountInformation())

A request that names scopes alone is about every type its scopes concern. One that carries
`authorization_details` is about exactly one thing, of a type that can be asked for in detail (`RichType`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from bank.wire.errors import InvalidJson
from bank.wire.parsers import parse_json
from bank.wire.pointers import field_errors
from bank.wire.serializers import StrictSerializer
from oauth.protocol.failures import InvalidAuthorizationDetails, not_strict, printable

if TYPE_CHECKING:
    from audit.actor import Actor
    from oauth.models import Client, Consent, PushedAuthorizationRequest, User

LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a person may include: an account, for instance. `why_not` says why it cannot be chosen."""

    value: str
    label: str
    hint: str = ""
    amount_text: str = ""
    eligible: bool = True
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked for, in a person's words: all of it is shown, and the digest covers all of it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    approve: str
    refuse: str
    choose: str
    consequence: str
    amount_text: str = ""
    account_number: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one thing that could be included, and why it is not in where it is not."""

    value: str
    label: str
    state: str  # included, omitted, withdrawn
    reason: str = ""
    changed_at: datetime | None = None


class AuthorizationDetailsType(Protocol):
    """One type of thing a consent can be about."""

    name: str
    scopes: frozenset[str]

    def describe(self, permissions: frozenset[str]) -> Sequence[str]:
        """Return further sentences for the consent page, beside those of the permissions."""

    def choices(self, user: "User") -> Sequence[Choice]:
        """Return what this person can choose from, the ineligible ones with a reason."""

    def grant(self, consent: "Consent", chosen: Sequence[str], by: "Actor") -> None:
        """Remember what was chosen, in the transaction that creates the consent."""

    def summary(self, consent: "Consent") -> Any:
        """Return what the consent includes, for the connected-apps page and the receipt."""

    def decisions(self, consent: "Consent") -> Sequence[Decision]:
        """Return all that could have been included, in or out and why: the receipt's list."""

    def withdraw(self, consent: "Consent", value: str, now: datetime) -> int:
        """Take one thing out and return how many are left; raises ChoiceNotOffered when it is not in."""


@runtime_checkable
class RichType(Protocol):
    """A type that an app can ask for in detail, by the request parameter `authorization_details`."""

    name: str
    kind: str  # Consent.Kind
    may_add: frozenset[str]  # given besides, to an app that may ask for them
    freshest_sign_in_seconds: int | None  # how old the sign-in may be; None: as old as it is
    needs_second_factor: bool  # whether each decision is confirmed with one, for exactly what was shown

    def read(self, fields: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return the detail in its canonical form, ready for JSON; raises InvalidAuthorizationDetails."""

    def needs(self, detail: dict[str, Any]) -> frozenset[str]:
        """Return the permissions that a consent to this gives."""

    def ask(self, detail: dict[str, Any], user: "User") -> Asked | None:
        """Return what the page says and that one thing is to be chosen; None: the page of sharing."""

    def options(self, detail: dict[str, Any], user: "User") -> Sequence[Choice]:
        """Return what this person can choose from, the ineligible ones with a reason."""

    def granted(self, detail: dict[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
        """Return the detail as granted: what was asked for, and what was chosen (RFC 9396, 7.1)."""

    def expires_at(self, detail: dict[str, Any], begins_at: datetime) -> datetime:
        """Return when a consent to this ends that begins now."""

    def grant(self, consent: "Consent", chosen: Sequence[str], by: "Actor") -> None:
        """Remember what was chosen, in the transaction that creates the consent."""

    def summary(self, consent: "Consent") -> Any:
        """Return what the consent includes, for the connected-apps page and the receipt."""

    def decisions(self, consent: "Consent") -> Sequence[Decision]:
        """Return all that could have been included, in or out and why: the receipt's list."""

    def withdraw(self, consent: "Consent", value: str, now: datetime) -> int:
        """Take one thing out and return how many are left; raises ChoiceNotOffered when it is not in."""


@dataclass(frozen=True, slots=True)
class Requested:
    """One thing an app asks for in detail, checked."""

    type: RichType
    detail: dict[str, Any]

    def permissions(self, allowed: frozenset[str]) -> frozenset[str]:
        """Return the permissions it gives an app that may have these at most."""
        return self.type.needs(self.detail) | (self.type.may_add & allowed)


_TYPES: dict[str, Any] = {}


def register(type_: AuthorizationDetailsType | RichType) -> None:
    """Make a type known; the same name again replaces it."""
    _TYPES[type_.name] = type_


def types_for(permissions: frozenset[str]) -> tuple[AuthorizationDetailsType, ...]:
    """Return the types that a request by scopes alone is about."""
    return tuple(type_ for type_ in _TYPES.values() if getattr(type_, "scopes", frozenset()) & permissions)


def types_of(consent: "Consent") -> tuple[Any, ...]:
    """Return the types a consent is about: those it names."""
    named = [each["type"] for each in consent.authorization_details]
    if not named:
        return types_for(frozenset(consent.permissions))
    return tuple(_TYPES[name] for name in named if name in _TYPES)


def rich_types(client: "Client | None" = None) -> list[str]:
    """Return the names of the types that can be asked for in detail, by anybody or by this app."""
    names = sorted(name for name, type_ in _TYPES.items() if isinstance(type_, RichType))
    allowed = client.authorization_details_types if client else []
    return [name for name in names if not allowed or name in allowed]


def read(text: str, client: "Client", now: datetime) -> Requested:
    """Return what the parameter `authorization_details` asks for; raises InvalidAuthorizationDetails."""
    fields = _one_object(text)
    name = fields.get("type")
    if not isinstance(name, str) or name not in rich_types(client):
        raise InvalidAuthorizationDetails("The type is unknown, or this client may not ask for it.")
    type_ = _TYPES[name]
    requested = Requested(type_, type_.read(fields, now))
    allowed = frozenset(client.scopes)
    if client.first_party or not requested.permissions(allowed) <= allowed:
        raise InvalidAuthorizationDetails("This client may not ask for what the details need.")
    return requested


def read_fields(serializer: type[StrictSerializer], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the validated members of a detail; raises InvalidAuthorizationDetails naming what is wrong."""
    body = serializer(data=fields)
    if body.is_valid():
        return dict(body.validated_data)
    wrong = [f"{error.pointer} {error.code}" for error in field_errors(body.errors)]
    raise InvalidAuthorizationDetails(printable("Refused: " + ", ".join(wrong)))


def requested_in(pushed: "PushedAuthorizationRequest") -> Requested | None:
    """Return what a pushed request asks for in detail, if it does."""
    if not pushed.authorization_details:
        return None
    detail = json.loads(pushed.authorization_details)
    return Requested(_TYPES[detail["type"]], detail)


def granted_in(consent: "Consent") -> list[dict[str, Any]]:
    """Return the authorization details a consent grants, as the token response carries them."""
    return list(json.loads(consent.granted)) if consent.granted else []


def _one_object(text: str) -> dict[str, Any]:
    """Return the one member of the array: a consent is about one thing, which a person can read."""
    if len(text) > LONGEST:
        raise InvalidAuthorizationDetails("The details are too long.")
    try:
        value = parse_json(text.encode())
    except InvalidJson as error:
        raise InvalidAuthorizationDetails(not_strict(error)) from error
    except UnicodeEncodeError as error:
        raise InvalidAuthorizationDetails("The details are not UTF-8.") from error
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        raise InvalidAuthorizationDetails(
            "Give an array of exactly one object: a consent is about one thing."
        )
    return value[0]
