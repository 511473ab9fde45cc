"""Who signed in and how, in the audit trail: listens to allauth, axes and Django.

Each event is written in the transaction it happens in, or in its own; when it cannot be written the page
answers 503 and nobody is signed in (fail closed).
"""

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.mfa import signals as mfa
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver

from audit import operations as audit
from audit.actor import ANONYMOUS, Actor, ActorType
from bank.site.signals import staff_did
from oauth.actors import actor_for_session, marked
from oauth.models import User


@receiver(user_logged_in)
def signed_in(*, user: User, **_: Any) -> None:
    """Record a completed sign-in, second factor and all."""
    _note("login.succeeded", user)


@receiver(user_logged_out)
def signed_out(*, user: User | None, **_: Any) -> None:
    """Record the end of a session."""
    if user is not None:
        _note("login.ended", user)


@receiver(user_login_failed)
def refused(*, credentials: dict[str, Any], **_: Any) -> None:
    """Record a wrong name or password; the name is a commitment only: it may be a password, typed early."""
    _attempt("login.failed", str(credentials.get("username", "")), reason="wrong_name_or_password")


@receiver(user_locked_out)
def locked_out(*, username: str | None, **_: Any) -> None:
    """Record that a name or an address has to wait."""
    _attempt("login.locked_out", username or "", reason="too_many_failures")


@receiver(mfa.authenticator_added)
@receiver(mfa.authenticator_reset)
def factor_added(*, user: User, authenticator: Any, **_: Any) -> None:
    """Record a new second factor, or new recovery codes."""
    _note("mfa.added", user, reason=str(authenticator.type))


@receiver(mfa.authenticator_removed)
def factor_removed(*, user: User, authenticator: Any, **_: Any) -> None:
    """Record that a second factor is gone."""
    _note("mfa.removed", user, reason=str(authenticator.type))


@receiver(mfa.authenticator_used)
def factor_used(*, user: User, authenticator: Any, **_: Any) -> None:
    """Record a second factor given."""
    _note("mfa.succeeded", user, reason=str(authenticator.type))


@receiver(mfa.authentication_failed)
def factor_refused(*, user: User, authenticator: Any, **_: Any) -> None:
    """Record a wrong code, or a passkey that was not accepted."""
    reason = "wrong_code" if authenticator else "wrong_passkey"
    _note("mfa.failed", user, outcome="denied", reason=reason)


def passkey_refused() -> None:
    """Record a sign-in by a passkey that was not accepted; whose it was meant to be is not known."""
    _attempt("login.failed", "", reason="wrong_passkey")


def _note(kind: str, user: User, *, outcome: str = "success", reason: str = "") -> None:
    kind_of_actor: ActorType = "staff" if user.is_staff else "customer"
    by = Actor(type=kind_of_actor, user_id=user.id, auth_method="session", break_glass=marked(user))
    with transaction.atomic():
        audit.record(kind, by=by, target=("user", user.id), outcome=outcome, reason=reason)


def _attempt(kind: str, name: str, *, reason: str) -> None:
    with transaction.atomic():
        audit.record(
            kind,
            by=ANONYMOUS,
            target=("login", "unknown"),
            outcome="denied",
            reason=reason,
            personal={"login": name},
            counted={"login": name.strip().lower()},
        )


@receiver(staff_did)
def staff_changed(
    *, request: Any, kind: str, target: tuple[str, str], changes: dict[str, Any], **_: Any
) -> None:
    """Record what staff did in the admin, in the transaction of the change."""
    with transaction.atomic():
        audit.record(kind, by=actor_for_session(request), target=target, changes=changes)
