"""Customers: taken on."""

from datetime import date

from django.db import IntegrityError, transaction

from accounts.errors import EmailTaken
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
