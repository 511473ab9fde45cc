"""Restriction (GDPR, Article 18): the data stays and is not used, but to keep it, and for the person."""

from django.db import transaction
from django.utils import timezone

from accounts.operations import lock_customer, record_change
from audit.actor import Actor
from oauth.models import User
from oauth.operations.confirmations import using_confirmation
from privacy.errors import RestrictionUnchanged

# Article 18(1)(a) to (d): what a person says against the processing.
GROUNDS = ("accuracy", "unlawful", "legal_claim", "objection")


def restrict(ground: str, *, by: Actor) -> User:
    """Stop apps, unmasking and deletion until it is lifted; raises CustomerNotFound, RestrictionUnchanged."""
    return _change(ground, by)


def lift_restriction(*, by: Actor) -> User:
    """Let the data of the person who acts be used again; raises CustomerNotFound, RestrictionUnchanged."""
    return _change("", by)


def lift_confirmed_restriction(*, confirmation_id: str, digest: str, by: Actor) -> User:
    """Use a confirmation up and lift it, both or neither; raises as both do alone."""
    with using_confirmation(confirmation_id, digest=digest, by=by):
        return lift_restriction(by=by)


def _change(ground: str, by: Actor) -> User:
    with transaction.atomic():
        customer = lock_customer(by)
        user = User.objects.select_for_update(no_key=True).get(id=customer.user_id)
        if bool(ground) == bool(user.restricted_at):
            raise RestrictionUnchanged()
        before, user.restriction_ground = user.restriction_ground, ground
        user.restricted_at = timezone.now() if ground else None
        user.save(update_fields=["restricted_at", "restriction_ground"])
        changes = {"restriction": (before, ground)}
        kind = "customer.restricted" if ground else "customer.unrestricted"
        record_change(customer, kind, by, fields=[], changes=changes)
    return user
