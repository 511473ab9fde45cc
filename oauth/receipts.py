"""The receipt of a consent, for the person who gave it: what was shown, decided, and what became of it."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from oauth import authorization_details, scopes
from oauth.authorization_details import Decision
from oauth.models import Consent


@dataclass(frozen=True, slots=True)
class Receipt:
    """One consent with every account of the person, included or not, and why."""

    consent: Consent
    sentences: list[str]
    decisions: list[Decision]
    shown: dict[str, Any] | None
    is_intact: bool


def receipt_of(consent: Consent) -> Receipt:
    """Return the receipt of a consent."""
    shown = consent.shown or ""
    return Receipt(
        consent=consent,
        sentences=scopes.sentences(scopes.split(consent.scope)),
        decisions=_decisions(consent),
        shown=json.loads(shown) if shown else None,
        is_intact=sha256(shown.encode()).hexdigest() == consent.shown_digest,
    )


def _decisions(consent: Consent) -> list[Decision]:
    types = authorization_details.types_of(consent)
    return [decision for type_ in types for decision in type_.decisions(consent)]
