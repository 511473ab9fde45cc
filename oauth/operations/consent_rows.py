"""One consent: locked by whom it concerns, and changed together with its event."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.access.permissions import CONSENTS_REVOKE_ANY
from bank.public_ids import uuid7
from oauth.errors import ConsentNotFound
from oauth.models import AccessToken, Consent, Grant, RefreshToken


def lock_own(consent_id: str, by: Actor) -> Consent:
    """Return the locked consent of this actor; raises ConsentNotFound for somebody else's.

    The app's name on the page is not worth a second lock.
    """
    consents = Consent.objects.select_for_update()
    if CONSENTS_REVOKE_ANY not in by.permissions and by.type != "system":
        consents = consents.filter(user_id=by.user_id)
        if by.bound_to_consent:
            consents = consents.filter(client__client_id=by.client_id)
    try:
        return consents.get(id=consent_id)
    except (Consent.DoesNotExist, ValueError) as error:
        raise ConsentNotFound() from error


def change(
    consent: Consent,
    kind: str,
    *,
    by: Actor,
    fields: Sequence[str],
    changes: Mapping[str, Any],
    reason: str = "",
) -> None:
    """Save what changed on a locked consent, as its next version, and record it."""
    previous = consent.last_event_id
    consent.version, consent.last_event_id = consent.version + 1, uuid7()
    consent.save(update_fields=[*fields, "version", "last_event_id"])
    record(
        kind,
        by=by,
        target=("consent", consent.id),
        target_seq=consent.version,
        previous_event=previous,
        event_id=consent.last_event_id,
        reason=reason,
        changes=changes,
    )


def end(consent: Consent, kind: str, status: str, *, by: Actor, reason: str = "") -> None:
    """End a locked consent in this state."""
    before, consent.status, consent.ended_at = consent.status, status, clock.now()
    changes = {"status": (str(before), str(status))}
    change(consent, kind, by=by, fields=["status", "ended_at"], changes=changes, reason=reason)


def end_tokens_under(consent: Consent) -> None:
    """Make every code and token given under a consent so far worthless."""
    AccessToken.objects.filter(consent=consent).delete()
    Grant.objects.filter(consent=consent, redeemed_at=None).delete()
    RefreshToken.objects.filter(consent=consent, revoked=None).update(revoked=timezone.now())
