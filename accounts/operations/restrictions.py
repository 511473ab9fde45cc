"""What staff may change of an account once two of them agree: its status and its overdraft limit.

Called by four eyes alone (accounts/approvable.py); the database refuses anybody else.
"""

from typing import Any

from django.db import transaction

from accounts import rules
from accounts.errors import AccountNotFound
from accounts.models import Account
from audit.actor import Actor
from audit.operations import record
from bank.public_ids import uuid7

_KINDS = {
    "account.freeze": "account.frozen",
    "account.unfreeze": "account.unfrozen",
    "account.block_debits": "account.blocked",
    "account.block_credits": "account.blocked",
    "account.unblock": "account.unblocked",
}


def lock_account(account_id: str) -> Account:
    """Return a customer's account, nobody else booking on it until the transaction ends.

    Raises AccountNotFound.
    """
    accounts = Account.objects.select_for_update(no_key=True).filter(kind__in=Account.CUSTOMER_KINDS)
    try:
        return accounts.get(id=account_id)
    except (Account.DoesNotExist, ValueError) as error:
        raise AccountNotFound() from error


def change_status(account_id: str, change: str, *, by: Actor) -> Account:
    """Freeze, block or release an account; raises AccountNotFound, AccountStateConflict."""
    with transaction.atomic():
        account = lock_account(account_id)
        before, account.status = account.status, rules.status_after(change, account.status)
        save_change(account, _KINDS[change], {"status": (before, account.status)}, by)
    return account


def change_overdraft(account_id: str, *, minor: int, by: Actor) -> Account:
    """Let an account go so many minor units below zero; raises AccountNotFound."""
    with transaction.atomic():
        account = lock_account(account_id)
        before, account.overdraft_limit = account.overdraft_limit, minor
        save_change(account, "account.overdraft_changed", {"overdraft_limit": (before, minor)}, by)
    return account


def save_change(
    account: Account, kind: str, changes: dict[str, Any], by: Actor, *, said: dict[str, Any] | None = None
) -> None:
    """Write the changed fields and their event; `said` is for what lies in another table."""
    previous = account.last_event_id
    account.version, account.last_event_id = account.version + 1, uuid7()
    account.save(update_fields=[*changes, "version", "last_event_id"])
    record(
        kind,
        by=by,
        target=("account", account.id),
        target_seq=account.version,
        previous_event=previous,
        event_id=account.last_event_id,
        changes={**changes, **(said or {})},
    )
