"""Consents: granted, refused, revoked."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from oauth import rules
from oauth.consent_page import Shown
from oauth.errors import PageChanged, RequestDecided
from oauth.models import Consent, PushedAuthorizationRequest
from oauth.operations.confirmations import take_confirmation
from oauth.operations.consent_life import renew
from oauth.operations.consent_rows import end, lock_own
from oauth.operations.requests import is_open
from oauth.sign_in import SignIn


def grant_consent(
    *, shown: Shown, chosen: Sequence[str], signed_in: SignIn, confirmation_id: str = "", by: Actor
) -> Consent:
    """Create the consent a person agreed to, or renew it, and use up the request.

    Raises RequestDecided, PageChanged when this page was not what the person saw, NothingChosen,
    ChoiceNotOffered, InvalidGrantId; ConfirmationOver, ConfirmationChanged when a second factor is needed
    and was not given for exactly this. The caller issues the code in the same transaction.
    """
    check_choice(shown, chosen)
    included = [*chosen, *(shown.already.chosen if shown.already else ())]
    with transaction.atomic():
        now = clock.now()
        _use_up(shown, by)
        if shown.needs_second_factor:
            take_confirmation(confirmation_id, digest=rules.digest_of(shown.to_confirm(chosen)), by=by)
        consent = _new(shown, Consent.Status.AUTHORISED, signed_in, now)
        _say_what_for(consent, shown, included)
        if shown.renews:
            seen = shown.already.version if shown.already else None
            consent = renew(shown.renews, decided=consent, seen_version=seen, by=by)
        else:
            consent.save(force_insert=True)
        for type_ in shown.types:
            type_.grant(consent, included, by)
        if not shown.renews:
            _record("consent.granted", consent, by, changes=_changes(consent))
    return consent


def check_choice(shown: Shown, chosen: Sequence[str]) -> None:
    """Raise NothingChosen or ChoiceNotOffered unless this can be agreed to.

    Where something is shared already, more scopes may be agreed to for that alone.
    """
    if shown.already and shown.already.chosen and not chosen:
        return
    check = rules.check_one_chosen if shown.asked else rules.check_chosen
    check(shown.offered, chosen)


def refuse_consent(*, shown: Shown, signed_in: SignIn, by: Actor) -> Consent:
    """Remember that a person refused, and use up the request; raises RequestDecided, PageChanged."""
    with transaction.atomic():
        now = clock.now()
        _use_up(shown, by)
        consent = _new(shown, Consent.Status.REJECTED, signed_in, now)
        consent.ended_at = now
        consent.save(force_insert=True)
        _record("consent.refused", consent, by)
    return consent


def revoke_consent(consent_id: str, *, by: Actor, reason: str = "") -> Consent:
    """End a consent at once: codes, refresh tokens and access tokens under it are worth nothing from here on.

    Revoking one that has ended changes nothing. Raises ConsentNotFound for somebody else's.
    """
    with transaction.atomic():
        consent = lock_own(consent_id, by)
        if consent.status in {Consent.Status.AUTHORISED, Consent.Status.AWAITING_AUTHORISATION}:
            end(consent, "consent.revoked", Consent.Status.CANCELLED, by=by, reason=reason)
    return consent


def _use_up(shown: Shown, by: Actor) -> None:
    """Lock the pushed request: of two submits of one page, the second finds it decided.

    A request lives by the real time, as the sign-in beside it; only the consent by the bank's clock.
    """
    now = timezone.now()
    pushed = PushedAuthorizationRequest.objects.select_for_update().get(id=shown.request_id)
    if not is_open(pushed, now):
        raise RequestDecided()
    if (pushed.shown_to_id, pushed.shown_digest) != (by.user_id, shown.digest):
        raise PageChanged()
    pushed.decided_at = now
    pushed.save(update_fields=["decided_at"])


def _say_what_for(consent: Consent, shown: Shown, chosen: Sequence[str]) -> None:
    """Write what is granted; what names a payee is sealed."""
    consent.authorization_details = [{"type": type_.name, "chosen": list(chosen)} for type_ in shown.types]
    if requested := shown.requested:
        consent.granted = json.dumps([requested.type.granted(requested.detail, chosen)])


def _new(shown: Shown, status: str, signed_in: SignIn, now: datetime) -> Consent:
    return Consent(
        kind=shown.kind,
        status=status,
        client=shown.client,
        user_id=shown.user_id,
        pushed_request_id=shown.request_id,
        permissions=sorted(shown.permissions),
        scope=" ".join(shown.scopes),
        shown=rules.canonical(shown.document),
        shown_digest=shown.digest,
        acr=signed_in.acr,
        amr=list(signed_in.amr),
        auth_time=signed_in.auth_time,
        session_id=signed_in.session_id,
        created_at=now,
        expires_at=shown.expires_at,
        last_event_id=uuid7(),
    )


def _record(
    kind: str,
    consent: Consent,
    by: Actor,
    *,
    changes: Mapping[str, Any] | None = None,
) -> None:
    record(
        kind,
        by=by,
        target=("consent", consent.id),
        target_seq=consent.version,
        event_id=consent.last_event_id,
        changes=changes,
    )


def _changes(consent: Consent) -> dict[str, object]:
    return {
        "client": consent.client.client_id,
        "scope": consent.scope,
        "shown": consent.shown_digest,
        "authorization_details": {"types": consent.authorization_details},
        "expires_at": consent.expires_at.isoformat(),
    }
