"""Confirmations: asked, given once for exactly what was shown, in the session that was asked, or dead."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record, record_attempt
from oauth.errors import ConfirmationChanged, ConfirmationOver
from oauth.models import Confirmation

SECONDS = 300
MOST_FAILURES = 3
Outcome = Confirmation.Outcome


def ask_confirmation(*, digest: str, by: Actor) -> Confirmation:
    """Keep that a person is asked in this session to confirm what has this digest, for five minutes."""
    now = timezone.now()
    asked = Confirmation(
        user_id=by.user_id,
        session_id=by.session_id,
        digest=digest,
        nonce=secrets.token_hex(32),
        created_at=now,
        expires_at=now + timedelta(seconds=SECONDS),
    )
    with transaction.atomic():
        asked.save(force_insert=True)
        record("confirmation.asked", by=by, target=("confirmation", asked.id), changes={"shown": digest})
    return asked


def check_confirmation(confirmation_id: str, *, digest: str, by: Actor) -> Confirmation:
    """Return the open question behind an answer; raises ConfirmationOver.

    Raises ConfirmationChanged, and ends the question, when the answer is about anything else. The trail
    is told of an answer from another session of the person who was asked: call it outside any transaction.
    """
    try:
        with transaction.atomic():
            asked = _lock(confirmation_id, by)
            is_same = secrets.compare_digest(asked.digest, digest)
            if not is_same:
                _end(asked, Outcome.CHANGED, by)
    except ConfirmationOver:
        if _is_of_another_session(confirmation_id, by):
            target = ("confirmation", confirmation_id)
            record_attempt("confirmation.denied", by=by, target=target, reason="another_session")
        raise
    if not is_same:
        raise ConfirmationChanged()
    return asked


def note_wrong_factor(confirmation_id: str, *, by: Actor) -> None:
    """Count a wrong code or passkey; the third ends the question. Raises ConfirmationOver."""
    with transaction.atomic():
        asked = _lock(confirmation_id, by)
        asked.failures += 1
        asked.save(update_fields=["failures"])
        if asked.failures >= MOST_FAILURES:
            _end(asked, Outcome.REFUSED, by)


def take_confirmation(confirmation_id: str, *, digest: str, by: Actor) -> None:
    """Use a confirmation up, in the transaction of what was confirmed: of two takers one is refused.

    The caller has checked the second factor. Raises ConfirmationOver, ConfirmationChanged.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("take a confirmation in the transaction it is for")
    asked = _lock(confirmation_id, by)
    if not secrets.compare_digest(asked.digest, digest):
        raise ConfirmationChanged()
    _end(asked, Outcome.GIVEN, by)


@contextmanager
def using_confirmation(confirmation_id: str, *, digest: str, by: Actor) -> Iterator[None]:
    """Use a confirmation up and do what was confirmed, both or neither; raises as `take_confirmation`."""
    with transaction.atomic():
        take_confirmation(confirmation_id, digest=digest, by=by)
        yield


def _lock(confirmation_id: str, by: Actor) -> Confirmation:
    """Return the question this person was asked in this session, locked and open; raises ConfirmationOver."""
    if by.session_id is None:  # would match the questions that have none
        raise ConfirmationOver()
    own = Confirmation.objects.filter(user_id=by.user_id, session_id=by.session_id)
    try:
        asked = own.select_for_update().get(id=confirmation_id)
    except (Confirmation.DoesNotExist, ValueError) as error:
        raise ConfirmationOver() from error
    if asked.outcome != Outcome.OPEN or timezone.now() >= asked.expires_at:
        raise ConfirmationOver()
    return asked


def _is_of_another_session(confirmation_id: str, by: Actor) -> bool:
    if by.session_id is None:
        return False
    own = Confirmation.objects.filter(user_id=by.user_id, session_id__isnull=False)
    try:
        return own.exclude(session_id=by.session_id).filter(id=confirmation_id).exists()
    except ValueError:  # no id of a question
        return False


def _end(asked: Confirmation, outcome: Confirmation.Outcome, by: Actor) -> None:
    asked.outcome, asked.ended_at = outcome, timezone.now()
    asked.save(update_fields=["outcome", "ended_at"])
    is_given = outcome == Outcome.GIVEN
    record(
        "confirmation.given" if is_given else "confirmation.refused",
        by=by,
        target=("confirmation", asked.id),
        outcome="success" if is_given else "denied",
        reason="" if is_given else str(outcome),
        changes={"shown": asked.digest},
    )
