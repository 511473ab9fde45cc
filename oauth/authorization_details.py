"""What a consent can be about: types of authorization details (RFC 9396), registered by their apps.

`oauth` knows no account and no payment. An app that does registers a type when it starts:

    authorization_details.register(AccountInformation())

The consent page then offers the type's choices, and a decision hands back what was chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from audit.actor import Actor
    from oauth.models import Consent, User


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a person may include: an account, for instance. `why_not` says why it cannot be chosen."""

    value: str
    label: str
    hint: str = ""
    amount_text: str = ""
    eligible: bool = True
    why_not: str = ""


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


_TYPES: dict[str, AuthorizationDetailsType] = {}


def register(type_: AuthorizationDetailsType) -> None:
    """Make a type known; the same name again replaces it."""
    _TYPES[type_.name] = type_


def all_types() -> tuple[AuthorizationDetailsType, ...]:
    """Return every registered type."""
    return tuple(_TYPES.values())


def types_for(permissions: frozenset[str]) -> tuple[AuthorizationDetailsType, ...]:
    """Return the types that concern any of these permissions."""
    return tuple(type_ for type_ in _TYPES.values() if type_.scopes & permissions)
