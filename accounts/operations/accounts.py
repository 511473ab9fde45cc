"""Accounts: opened and closed."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from accounts import rules
from accounts.errors import AccountNotEmpty, AccountNotFound
from accounts.models import Account, AccountHolder
from accounts.money import Money
from audit.actor import Actor
from audit.operations import record
from bank.public_ids import uuid7


def open_account(
    *, name: str, kind: str, currency: str, iban: str, holders: Mapping[str, str], by: Actor
) -> Account:
    """Open an account for its holders: customer id → role (owner, joint, viewer)."""
    event_id = uuid7()
    account = Account(
        name=name,
        kind=kind,
        currency=currency,
        status=Account.Status.ENABLED,
        iban=iban,
        last4=iban[-4:],
        last_event_id=event_id,
    )
    with transaction.atomic():
        account.save(force_insert=True)
        AccountHolder.objects.bulk_create(
            AccountHolder(account=account, customer_id=customer, role=role)
            for customer, role in holders.items()
        )
        changes = {"status": account.status, "holders": dict(holders)}
        record("account.opened", by=by, target=("account", account.id), event_id=event_id, changes=changes)
    return account


def close_account(account_id: str, *, by: Actor) -> Account:
    """Close an empty account; closing it again changes nothing. Raises AccountNotFound, AccountNotEmpty."""
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(id=account_id).first()
        if account is None:
            raise AccountNotFound()
        if account.status != Account.Status.CLOSED:
            _close(account, by)
    return account


def _close(account: Account, by: Actor) -> None:
    if account.held or not rules.may_close(Money(account.booked, account.currency)):
        raise AccountNotEmpty()
    before, previous = account.status, account.last_event_id
    account.status, account.closed_at = Account.Status.CLOSED, timezone.now()
    account.version, account.last_event_id = account.version + 1, uuid7()
    account.save(update_fields=["status", "closed_at", "version", "last_event_id"])
    record(
        "account.closed",
        by=by,
        target=("account", account.id),
        target_seq=account.version,
        previous_event=previous,
        event_id=account.last_event_id,
        changes={"status": (before, account.status)},
    )
