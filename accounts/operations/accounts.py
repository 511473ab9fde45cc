"""Accounts: opened and closed."""

from collections.abc import Mapping

from django.db import transaction

from accounts import hindrances, rules
from accounts.account_numbers import new_iban
from accounts.errors import AccountNotEmpty, AccountNotFound, AccountShared
from accounts.models import Account, AccountHolder, ConsentAccount, Customer
from accounts.money import Money
from accounts.operations.customers import lock_customer
from accounts.operations.holds import free_what_is_due
from audit.actor import Actor
from audit.operations import record
from bank import clock
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


def open_own_account(*, name: str, kind: str, currency: str, by: Actor) -> Account:
    """Open an account for the person who acts; raises CustomerNotFound, NotVerified, TooManyAccounts."""
    with transaction.atomic():
        customer = lock_customer(by)
        rules.check_opening(customer.kyc_status, _open_accounts(customer))
        account = open_account(
            name=name, kind=kind, currency=currency, iban=free_iban(), holders={customer.id: "owner"}, by=by
        )
        account.refresh_from_db(fields=["opened_at"])
    return account


def close_own_account(account_id: str, *, by: Actor) -> Account:
    """Close an account of the person who acts; raises as `close_account`, and NotTheOwner."""
    with transaction.atomic():
        held = AccountHolder.objects.filter(account_id=account_id, customer__user_id=by.user_id)
        rules.check_owner(held.values_list("role", flat=True).first())
        return close_account(account_id, by=by)


def close_account(account_id: str, *, by: Actor) -> Account:
    """Close an empty account; closing it again changes nothing.

    Raises AccountNotFound, AccountNotEmpty, AccountShared, AccountStateConflict, what else hinders it.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(id=account_id).first()
        if account is None:
            raise AccountNotFound()
        if account.status != Account.Status.CLOSED:
            _close(account, by)
    return account


def _close(account: Account, by: Actor) -> None:
    rules.check_closable(account.status)
    free_what_is_due(account)
    if account.held or not rules.may_close(Money(account.booked, account.currency)):
        raise AccountNotEmpty()
    if _is_shared(account):
        raise AccountShared()
    hindrances.check(account.id)
    before, previous = account.status, account.last_event_id
    account.status, account.closed_at = Account.Status.CLOSED, clock.now()
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


def _is_shared(account: Account) -> bool:
    """Return whether a third party may still use it; the bank's own app needs no account named."""
    return ConsentAccount.objects.filter(
        account=account,
        state=ConsentAccount.State.INCLUDED,
        consent__status="AUTH",
        consent__expires_at__gt=clock.now(),
        consent__client__first_party=False,
    ).exists()


def _open_accounts(customer: Customer) -> int:
    closed = Account.Status.CLOSED
    return AccountHolder.objects.filter(customer=customer).exclude(account__status=closed).count()


def free_iban() -> str:
    """Return a number no account has; two that draw the same one at once, the database tells apart."""
    while Account.objects.filter(iban_index=(iban := new_iban())).exists():
        pass
    return iban
