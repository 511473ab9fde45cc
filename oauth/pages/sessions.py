"""A person's sessions follow what allauth and Django say of them: begun, moved to a new key, ended."""

from typing import Any

from allauth.account.signals import password_changed, user_logged_in
from allauth.mfa.signals import authenticator_removed
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from oauth.actors import actor_for_session
from oauth.models import User
from oauth.operations import logins, sessions
from oauth.pages import devices
from oauth.sign_in import SESSION_ID


@receiver(user_logged_in)
def begun(*, request: HttpRequest, response: HttpResponse | None, user: User, **_: Any) -> None:
    """Remember the session and the browser; the owner of one that is new will be told."""
    device = devices.words_for(request)
    if request.session.session_key is None:
        request.session.create()
    session = sessions.begin_session(
        user_id=user.id, session_key=str(request.session.session_key), device=device
    )
    request.session[SESSION_ID] = session.id
    mark = devices.mark_of(request)
    sessions.note_device(user_id=user.id, checksum=devices.checksum_of(mark), device=device)
    if response is not None:
        devices.keep(response, mark)


@receiver(user_logged_out)
def ended(*, request: HttpRequest | None, **_: Any) -> None:
    """Remember the end of a session, however it came."""
    session_id = request.session.get(SESSION_ID) if request else None
    if session_id:
        sessions.note_end(session_id)


@receiver(password_changed)
def went_on(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Follow this session to its new key, and end all others (RFC 9700, 4.14; the tokens ended before)."""
    session_id = request.session.get(SESSION_ID)
    if session_id:
        sessions.move_session(session_id, session_key=str(request.session.session_key))
    _end_others(request, user, "password_changed")


@receiver(authenticator_removed)
def factor_gone(*, request: HttpRequest, user: User, **_: Any) -> None:
    """End what was opened with a second factor that is gone: other sessions, and every token."""
    logins.end_tokens(user.id)
    _end_others(request, user, "second_factor_removed")


def _end_others(request: HttpRequest, user: User, reason: str) -> None:
    sessions.end_sessions_of(
        user.id, by=actor_for_session(request), reason=reason, but=request.session.get(SESSION_ID)
    )
