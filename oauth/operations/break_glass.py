"""Emergency access: opened by two people (oauth/approvable.py), ended by the clock or sooner, reviewed."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from bank.access.roles import APPROVER, AUDITOR, STAFF_ROLES
from bank.public_ids import uuid7
from oauth.errors import (
    BreakGlassInForce,
    BreakGlassNotFound,
    BreakGlassOver,
    BreakGlassReviewed,
    NotAnEmergencyRole,
    OwnEmergency,
    VerdictMissing,
)
from oauth.models import BreakGlass, User
from oauth.models.break_glass import LONGEST_MINUTES, SHORTEST_MINUTES

# Never a second pair of eyes: whoever opened it could then approve what their helper asks for.
ROLES = sorted(STAFF_ROLES - {APPROVER, AUDITOR})


def check_openable(user: User, *, role: str, minutes: int) -> None:
    """Raise NotAnEmergencyRole or BreakGlassInForce unless a locked login may be given this now."""
    if not user.is_staff or not user.is_active or role not in ROLES or role in user.roles:
        raise NotAnEmergencyRole()
    if type(minutes) is not int or not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise NotAnEmergencyRole(f"It lasts from {SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes.")
    if user.break_glass is not None:
        raise BreakGlassInForce()


def open_break_glass(user: User, *, role: str, minutes: int, reason: str, by: Actor) -> BreakGlass:
    """Give a locked login a role for so many minutes, approved by who acts, in the approval's transaction."""
    check_openable(user, role=role, minutes=minutes)
    glass = BreakGlass.objects.create(
        user=user, role=role, minutes=minutes, reason=reason, approved_by_id=by.user_id, last_event_id=uuid7()
    )
    glass.refresh_from_db()
    record(
        "break_glass.opened",
        by=by,
        target=("break_glass", glass.id),
        event_id=glass.last_event_id,
        reason=role,
        changes={"user": user.id, "role": role, "minutes": minutes},
    )
    return glass


def end_break_glass(glass_id: str, *, by: Actor) -> BreakGlass:
    """End it before its time; raises BreakGlassNotFound, BreakGlassOver."""
    with transaction.atomic():
        glass = _locked(glass_id)
        if glass.is_over(timezone.now()):
            raise BreakGlassOver()
        _step(glass, "break_glass.ended", {"ended_at": timezone.now()}, by)
    return glass


def review_break_glass(glass_id: str, *, verdict: str, by: Actor) -> BreakGlass:
    """Say, once it is over, whether it was needed and what was done under it.

    Raises BreakGlassNotFound, OwnEmergency for who had or approved it, VerdictMissing, BreakGlassInForce
    while it lasts, BreakGlassReviewed.
    """
    with transaction.atomic():
        glass = _locked(glass_id)
        if by.user_id is None or by.user_id in {glass.user_id, glass.approved_by_id}:
            raise OwnEmergency()
        if not verdict.strip():
            raise VerdictMissing()
        if not glass.is_over(timezone.now()):
            raise BreakGlassInForce()
        if glass.reviewed_by_id is not None:
            raise BreakGlassReviewed()
        changed = {
            "reviewed_by_id": by.user_id,
            "reviewed_at": timezone.now(),
            "verdict": verdict.strip()[:140],
        }
        _step(glass, "break_glass.reviewed", changed, by)
    return glass


def _locked(glass_id: str) -> BreakGlass:
    try:
        return BreakGlass.objects.select_for_update(no_key=True).get(id=glass_id)
    except (BreakGlass.DoesNotExist, ValueError) as error:
        raise BreakGlassNotFound() from error


def _step(glass: BreakGlass, kind: str, changed: dict[str, Any], by: Actor) -> None:
    previous = glass.last_event_id
    glass.version, glass.last_event_id = glass.version + 1, uuid7()
    for name, value in changed.items():
        setattr(glass, name, value)
    glass.save(update_fields=[*changed, "version", "last_event_id"])
    record(
        kind,
        by=by,
        target=("break_glass", glass.id),
        target_seq=glass.version,
        previous_event=previous,
        event_id=glass.last_event_id,
        changes={name: str(value) for name, value in changed.items()},
    )
