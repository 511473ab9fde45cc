"""Sessions: begun, ended here or from elsewhere. Who has to be told of an end is kept with it."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from oauth.errors import SessionNotFound
from oauth.models import Client, KnownDevice, LogoutNotice, SignedInSession


def begin_session(*, user_id: str, session_key: str, device: str) -> SignedInSession:
    """Remember a sign-in by the key of its session; the sign-in itself is in the trail already."""
    return SignedInSession.objects.create(user_id=user_id, session_key=session_key, device=device)


def note_device(*, user_id: str, checksum: str, device: str) -> bool:
    """Remember the browser of a sign-in and return whether it is new: its owner will then be told."""
    _, is_new = KnownDevice.objects.get_or_create(
        user_id=user_id, checksum=checksum, defaults={"device": device}
    )
    return is_new


def move_session(session_id: str, *, session_key: str) -> None:
    """Follow a session that goes on under a new key, as it does after a change of password."""
    SignedInSession.objects.filter(id=session_id, ended_at=None).update(session_key=session_key)


def end_session(session_id: str, *, by: Actor, reason: str) -> None:
    """End one of the actor's own sessions at once; raises SessionNotFound for somebody else's."""
    with transaction.atomic():
        try:
            found = SignedInSession.objects.select_for_update().filter(id=session_id, user_id=by.user_id)
            _end_all(found, by=by, reason=reason, or_else=SessionNotFound())
        except ValueError as error:
            raise SessionNotFound() from error


def end_sessions_of(user_id: str, *, by: Actor, reason: str, but: str | None = None) -> int:
    """End every session of a login, one left out if named; return how many."""
    with transaction.atomic():
        found = SignedInSession.objects.select_for_update().filter(user_id=user_id, ended_at=None)
        return _end_all(found.exclude(id=but) if but else found, by=by, reason=reason)


def note_end(session_id: str, *, now: datetime | None = None) -> None:
    """Remember that a session ended by itself: its owner signed out, or was away for too long."""
    with transaction.atomic():
        found = SignedInSession.objects.select_for_update().filter(id=session_id, ended_at=None)
        _close(list(found), now or timezone.now())


def _end_all(
    found: Iterable[SignedInSession], *, by: Actor, reason: str, or_else: Exception | None = None
) -> int:
    sessions = list(found)
    if or_else and not sessions:
        raise or_else
    still_open = [session for session in sessions if session.ended_at is None]
    _close(still_open, timezone.now())
    for session in still_open:
        record("session.ended", by=by, target=("session", session.id), reason=reason)
    return len(still_open)


def _close(sessions: list[SignedInSession], now: datetime) -> None:
    Session.objects.filter(session_key__in=[s.session_key for s in sessions if s.session_key]).delete()
    for session in sessions:
        session.session_key, session.ended_at = "", now
        session.save(update_fields=["session_key", "ended_at"])
        _owe_notices(session, now)


def _owe_notices(session: SignedInSession, now: datetime) -> None:
    """Keep which apps got this session's `sid` and want to hear of its end."""
    apps = Client.objects.filter(consents__session=session, is_active=True).exclude(backchannel_logout_uri="")
    LogoutNotice.objects.bulk_create(
        LogoutNotice(client=app, session=session, created_at=now, next_at=now) for app in apps.distinct()
    )
