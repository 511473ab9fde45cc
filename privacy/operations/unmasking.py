"""Unmasking: one field of one person, for some minutes, for a purpose and a case; the person sees it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import CustomerNotFound
from accounts.models import Customer
from audit.actor import Actor
from audit.operations import record, record_attempt
from bank.access import permissions
from bank.errors import BankError
from bank.public_ids import uuid7
from oauth.operations.confirmations import using_confirmation
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

    Raises FieldNotMasked, CustomerNotFound, UnmaskingNotAllowed: restricted data is unmasked for a legal duty
    alone, and nobody unmasks their own.
    """
    if field not in RIGHT_FOR:
        raise FieldNotMasked()
    with transaction.atomic():
        customer = _lock(customer_id)
        refused = _refusal(customer, field, purpose, by)
        if refused:
            raise UnmaskingNotAllowed(refused)
        return _let_see(customer, field, purpose, case_number, by)


def unmask_confirmed(wanted: Mapping[str, str], *, confirmation_id: str, digest: str, by: Actor) -> Unmasking:
    """Use a confirmation up and unmask, both or neither; raises as `unmask`, and ConfirmationOver."""
    with using_confirmation(confirmation_id, digest=digest, by=by):
        return unmask(**wanted, by=by)


def record_unmasking_denied(customer_id: str, denied: BankError, *, by: Actor) -> None:
    """Record that staff asked for what they may not see, outside the transaction of the attempt."""
    record_attempt("privacy.unmasking_denied", by=by, target=("customer", customer_id), reason=denied.code)


def _refusal(customer: Customer, field: str, purpose: str, by: Actor) -> str:
    if RIGHT_FOR[field] not in by.permissions:
        return "your role does not see this field"
    if customer.user_id == by.user_id:
        return "this is your own record"
    is_restricted = customer.user is not None and customer.user.restricted_at is not None
    if is_restricted and purpose != Unmasking.Purpose.DUTY:
        return "the customer restricted the use of their data"
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
