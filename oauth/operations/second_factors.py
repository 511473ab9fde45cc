"""Second factors taken away by staff, for somebody who lost them."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from audit.actor import Actor
from audit.operations import record
from oauth.errors import OwnRightsUnchangeable
from oauth.operations.logins import end_tokens
from oauth.operations.sessions import end_sessions_of


def reset_second_factors(user_id: str, *, by: Actor) -> int:
    """Remove every second factor of a login, with its sessions and tokens; return how many there were.

    Whoever took the device has nothing left; the owner signs in with the password and sets up anew. Raises
    OwnRightsUnchangeable.
    """
    if user_id == by.user_id:
        raise OwnRightsUnchangeable()
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user_id=user_id).delete()
        end_tokens(user_id)
        end_sessions_of(user_id, by=by, reason="second_factors_reset")
        record("mfa.reset", by=by, target=("user", user_id))
    return int(removed)
