"""Customers: taken on, corrected, erased."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import CustomerNotFound, EmailTaken, NothingToCorrect
from accounts.models import Customer
from audit.actor import Actor
from audit.operations import record
from bank.public_ids import uuid7


def open_customer(
    *,
    user_id: str | None,
    given_name: str,
    family_name: str,
    email: str,
    phone: str,
    birth_date: date,
    address: str,
    by: Actor,
) -> Customer:
    """Take on a verified person as a customer, sealed under a key of their own; raises EmailTaken."""
    event_id = uuid7()
    customer = Customer(
        user_id=user_id,
        given_name=given_name,
        family_name=family_name,
        email=email,
        phone=phone,
        birth_date=birth_date,
        address=address,
        kyc_status=Customer.KycStatus.VERIFIED,
        last_event_id=event_id,
    )
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
            record("customer.opened", by=by, target=("customer", customer.id), event_id=event_id)
    except IntegrityError as error:
        if "customer_email_is_unique" in str(error):
            raise EmailTaken() from error
        raise
    return customer


# What tells who somebody is: once it changes, the bank has to see papers again.
IDENTITY = frozenset({"given_name", "family_name", "birth_date"})


def lock_customer(by: Actor) -> Customer:
    """Return the customer who acts, locked against being erased meanwhile; raises CustomerNotFound."""
    customers = Customer.objects.select_for_update(no_key=True).filter(erased_at=None)
    found = customers.filter(user_id=by.user_id).first() if by.user_id else None
    if found is None:
        raise CustomerNotFound()
    return found


def lock_customer_by_id(customer_id: str) -> Customer:
    """Return a customer, locked against being erased meanwhile; raises CustomerNotFound."""
    try:
        return Customer.objects.select_for_update(no_key=True).get(id=customer_id, erased_at=None)
    except (Customer.DoesNotExist, ValueError) as error:
        raise CustomerNotFound("nobody is kept under this id") from error


def correct_customer(wanted: Mapping[str, Any], *, by: Actor) -> Customer:
    """Set right what is wrong about the person who acts (GDPR, Article 16).

    Another name or birthday has to be shown anew. Before and after stand in the trail as commitments, kept
    under the person's own key. Raises CustomerNotFound, EmailTaken, NothingToCorrect.
    """
    with transaction.atomic():
        customer = lock_customer(by)
        changes = {name: (_text(getattr(customer, name)), _text(value)) for name, value in wanted.items()}
        changes = {name: change for name, change in changes.items() if change[0] != change[1]}
        if not changes:
            raise NothingToCorrect()
        for name in changes:
            setattr(customer, name, wanted[name])
        if IDENTITY & changes.keys():
            customer.kyc_status = Customer.KycStatus.PENDING
        _save_corrected(customer, changes, by)
    return customer


def change_kyc_status(customer: Customer, status: str, *, by: Actor) -> None:
    """Say whether a locked customer's identity was seen; four eyes call it (accounts/approvable.py)."""
    before, customer.kyc_status = customer.kyc_status, status
    changes = {"kyc_status": (str(before), status)}
    record_change(customer, "customer.verified", by, fields=["kyc_status"], changes=changes)


def record_change(
    customer: Customer,
    kind: str,
    by: Actor,
    *,
    fields: list[str],
    changes: Mapping[str, Any],
    event_id: UUID | None = None,
) -> UUID:
    """Save a step in the life of a locked customer and its event; returns the event's id."""
    previous, customer.last_event_id = customer.last_event_id, event_id or uuid7()
    customer.version += 1
    customer.save(update_fields=[*fields, "version", "last_event_id"])
    return record(
        kind,
        by=by,
        target=("customer", customer.id),
        target_seq=customer.version,
        previous_event=previous,
        event_id=customer.last_event_id,
        changes=changes,
        personal_key=customer.data_key,
    )


def _save_corrected(customer: Customer, changes: Mapping[str, Any], by: Actor) -> None:
    index = ["email_index"] if "email" in changes else []
    try:
        with transaction.atomic():
            fields = [*changes, *index, "kyc_status"]
            record_change(customer, "customer.corrected", by, fields=fields, changes=changes)
    except IntegrityError as error:
        if "customer_email_is_unique" in str(error):
            raise EmailTaken() from error
        raise


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
