"""What happened to a customer's data, in their words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.models import Leaf
from privacy import queries
from privacy.models import DataExport, Unmasking

FIELDS: dict[str, Any] = {
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "email": _("E-mail address"),
    "phone": _("Telephone number"),
    "birth_date": _("Date of birth"),
    "address": _("Address"),
}
GROUNDS: dict[str, Any] = {
    "accuracy": _("Something in it is wrong"),
    "unlawful": _("The bank should not have it"),
    "legal_claim": _("I need it kept for a claim"),
    "objection": _("I object to its use"),
}
STATES: dict[str, Any] = {
    "REQUESTED": _("Being made"),
    "READY": _("Ready"),
    "FAILED": _("Could not be made: please ask again"),
    "EXPIRED": _("Over"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One time staff looked: when, as what, at what, why."""

    at: datetime
    role: str
    what: Any
    why: Any
    case_number: str = ""


def export_in_words(export: DataExport) -> dict[str, Any]:
    """Return an export as the page shows it."""
    status = queries.present_status(export)
    return {
        "id": export.id,
        "requested_at": export.requested_at,
        "expires_at": export.expires_at,
        "state": STATES[status],
        "is_ready": status == DataExport.Status.READY,
    }


def looks(unmaskings: Sequence[Unmasking], views: Sequence[Leaf]) -> list[Look]:
    """Return who of staff looked, the latest first: at the masked record, and at fields in clear."""
    found = [
        Look(u.began_at, gettext(u.role), FIELDS[u.field], gettext(u.get_purpose_display()), u.case_number)
        for u in unmaskings
    ]
    found += [Look(v.recorded_at, _role(v), _("Your record, masked"), "") for v in views]
    return sorted(found, key=lambda look: look.at, reverse=True)


def _role(view: Leaf) -> str:
    event = json.loads(bytes(view.body)).get("event", {})
    return ", ".join(map(gettext, event.get("actor", {}).get("roles", [])))
