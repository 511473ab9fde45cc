"""A consent as its owner sees it: an app, what it sees, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from oauth import authorization_details, scopes

STATES = {
    "AWAU": _("Not decided"),
    "AUTH": _("Active"),
    "RJCT": _("Refused"),
    "CANC": _("Stopped"),
    "EXPD": _("Ended by itself"),
    "COND": _("Used once"),
}


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
    )


def _types_of(consent: Any) -> Sequence[authorization_details.AuthorizationDetailsType]:
    return authorization_details.types_of(consent)
