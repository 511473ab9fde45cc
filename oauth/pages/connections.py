"""A consent as its owner sees it: an app, what it sees, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from oauth import authorization_details, queries, scopes

STATES = {
    "AWAU": _("Not decided"),
    "AUTH": _("Active"),
    "RJCT": _("Refused"),
    "CANC": _("Stopped"),
    "EXPD": _("Ended by itself"),
    "COND": _("Used once"),
}


LOOKED_AT = {
    "accounts": _("The list of accounts"),
    "account": _("Account details"),
    "balances": _("Balance"),
    "transactions": _("Transactions"),
    "statements": _("Statements"),
}
NEWEST = 5


@dataclass(frozen=True, slots=True)
class Look:
    """What an app looked at in one hour while the person was there, or in one day without them."""

    began_at: datetime
    last_at: datetime
    what: str
    account: str
    count: int
    is_attended: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """One app that has, or had, access."""

    consent_id: str
    app_name: str
    in_force: bool
    state_words: str
    sentences: Sequence[str]
    can_pay: bool
    accounts: Sequence[str]
    allowed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    last_used_at: datetime | None
    looks: Sequence[Look]


def connection_of(consent: Any, now: datetime) -> Connection:
    """Return a consent in the words of the connected-apps page."""
    asked = scopes.split(consent.scope)
    return Connection(
        consent_id=consent.id,
        app_name=consent.client.name,
        in_force=consent.is_in_force(now),
        state_words=str(STATES[consent.present_status(now)]),
        sentences=scopes.sentences(asked),
        can_pay=scopes.can_pay(asked),
        accounts=[line for type_ in _types_of(consent) for line in type_.summary(consent)],
        allowed_at=consent.created_at,
        expires_at=consent.expires_at,
        ended_at=consent.ended_at,
        last_used_at=consent.last_used_at,
        looks=looks_of(consent, limit=NEWEST),
    )


def looks_of(consent: Any, *, limit: int | None = None) -> list[Look]:
    """Return what the app looked at, the latest first, each account by the name it is known by here."""
    accesses = queries.list_accesses(consent, limit=limit)
    if not accesses:
        return []
    names = {each.value: each.label for type_ in _types_of(consent) for each in type_.decisions(consent)}
    return [
        Look(
            began_at=access.began_at,
            last_at=access.last_at,
            what=str(LOOKED_AT.get(access.what, access.what)),
            account=names.get(access.about, ""),
            count=access.count,
            is_attended=access.is_attended,
        )
        for access in accesses
    ]


def _types_of(consent: Any) -> Sequence[authorization_details.AuthorizationDetailsType]:
    return authorization_details.types_of(consent)
