"""Logins: made."""

from collections.abc import Collection

from allauth.mfa.totp.internal.auth import TOTP
from django.db import IntegrityError, transaction

from audit.actor import Actor
from audit.operations import record
from bank.access.roles import ROLES
from oauth.errors import LoginNameTaken, RoleUnknown
from oauth.models import User


def create_login(
    username: str,
    *,
    password: str,
    roles: Collection[str],
    totp_secret: str | None = None,
    is_active: bool = True,
    by: Actor,
) -> User:
    """Make a login that holds these roles, with a second factor if a secret is given.

    Raises RoleUnknown, LoginNameTaken.
    """
    if not set(roles) <= set(ROLES):
        raise RoleUnknown()
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = User.objects.create_user(username, password, roles=sorted(roles), is_active=is_active)
        except IntegrityError as error:
            raise LoginNameTaken() from error
        record("user.created", by=by, target=("user", user.id), changes={"roles": user.roles})
        if totp_secret:
            TOTP.activate(user, totp_secret)
            record("mfa.added", by=by, target=("user", user.id), reason="totp")
    return user
