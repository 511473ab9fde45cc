"""Unmasking: one field of one person, for some minutes, for a purpose and a case; the person sees it."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import CustomerNotFound
from accounts.models import Customer
from audit.actor import Actor
from audit.operations import record, record_attempt
from bank.access import permissions
from bank.public_ids import uuid7
from privacy.errors import FieldNotMasked, UnmaskingNotAllowed
from privacy.models import Unmasking

MINUTES = 10
_CONTACT, _IDENTITY = permissions.CUSTOMERS_UNMASK_CONTACT, permissions.CUSTOMERS_UNMASK_IDENTITY
# Which right opens which field. Who answers the telephone needs to reach people, not to know their birthday.
RIGHT_FOR = {
    "email": _CONTACT,
    "phone": _CONTACT,
    "given_name": _IDENTITY,
    "family_name": _IDENTITY,
    "birth_date": _IDENTITY,
    "address": _IDENTITY,
}


def unmask(customer_id: str, field: str, *, purpose: str, case_number: str, by: Actor) -> Unmasking:
    """Let the actor see one field for ten minutes; the caller has asked for a fresh second factor.

    Raises FieldNotMasked, CustomerNotFound, UnmaskingNotAllowed (recorded). Restricted data is unmasked for a
    legal duty alone.
    """
    if field not in RIGHT_FOR:
        raise FieldNotMasked()
    with transaction.atomic():
        customer = _lock(customer_id)
        refused = _refusal(customer, field, purpose, by)
        if not refused:
            return _let_see(customer, field, purpose, case_number, by)
    record_attempt("privacy.unmasking_denied", by=by, target=("customer", customer_id), reason=refused)
    raise UnmaskingNotAllowed(refused.replace("_", " "))


def _refusal(customer: Customer, field: str, purpose: str, by: Actor) -> str:
    if RIGHT_FOR[field] not in by.permissions:
        return "missing_permission"
    if customer.user_id == by.user_id:
        return "own_record"
    is_restricted = customer.user is not None and customer.user.restricted_at is not None
    if is_restricted and purpose != Unmasking.Purpose.DUTY:
        return "restricted"
    return ""


def _lock(customer_id: str) -> Customer:
    """Return the customer, whom nobody erases meanwhile; raises CustomerNotFound."""
    customers = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("user")
    try:
        return customers.get(id=customer_id, erased_at=None)
    except (Customer.DoesNotExist, ValueError) as error:
        raise CustomerNotFound() from error


def _let_see(customer: Customer, field: str, purpose: str, case_number: str, by: Actor) -> Unmasking:
    now = timezone.now()
    seen = Unmasking(
        customer=customer,
        field=field,
        seen_by_id=by.user_id,
        role=", ".join(sorted(by.roles))[:64],
        purpose=purpose,
        case_number=case_number,
        began_at=now,
        expires_at=now + timedelta(minutes=MINUTES),
        event_id=uuid7(),
    )
    seen.save(force_insert=True)
    changes: dict[str, Any] = {"field": field, "purpose": purpose, "case": case_number}
    record(
        "privacy.unmasked", by=by, target=("customer", customer.id), event_id=seen.event_id, changes=changes
    )
    return seen
