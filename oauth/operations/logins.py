"""Logins: their passwords and roles changed, switched on or off."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from bank.access.roles import ROLES
from oauth.errors import OwnRightsUnchangeable, RoleUnknown
from oauth.models import AccessToken, Grant, RefreshToken, User


def change_password(user: User, *, password: str, by: Actor) -> None:
    """Set a new password and end every token given under the old one (RFC 9700, 4.14); consents stay."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_tokens(user.id)
        record("password.changed", by=by, target=("user", user.id))


def end_tokens(user_id: str) -> None:
    """Make every code and token of a login worthless; apps have to send the person to sign in again."""
    AccessToken.objects.filter(user_id=user_id).delete()
    Grant.objects.filter(user_id=user_id, redeemed_at=None).delete()
    RefreshToken.objects.filter(user_id=user_id, revoked=None).update(revoked=timezone.now())


def change_login(user_id: str, *, roles: Collection[str], is_active: bool, by: Actor) -> User:
    """Set the roles a login holds and whether it works; raises OwnRightsUnchangeable, RoleUnknown."""
    if user_id == by.user_id:
        raise OwnRightsUnchangeable()
    if not set(roles) <= set(ROLES):
        raise RoleUnknown()
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        before = {"roles": sorted(user.roles), "is_active": user.is_active}
        user.roles, user.is_active = sorted(roles), is_active
        user.save(update_fields=["roles", "is_active"])
        after = {"roles": user.roles, "is_active": is_active}
        changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
        kind = "user.roles_changed" if "roles" in changes else "user.changed"
        record(kind, by=by, target=("user", user.id), changes=changes)
    return user
