"""Whether somebody has a second factor, and whether they used it to get into this session."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

ENTERED_BY_PERSON = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def of(user: AbstractBaseUser | AnonymousUser) -> Any:
    """Return the login's second factors of its own (recovery codes alone are none)."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=ENTERED_BY_PERSON)


def is_enrolled(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Say whether the login has a second factor of its own."""
    return bool(of(user).exists())


def was_used(request: HttpRequest) -> bool:
    """Say whether a second factor was proved in this session by the person who is signed in."""
    user = request.user
    if not isinstance(user, AbstractBaseUser):
        return False
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
