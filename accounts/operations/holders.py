"""Who holds an account besides its owner: joint holders, who may pay, and viewers, who never may.

Called by four eyes alone (accounts/approvable.py).
"""

from django.db import transaction

from accounts import rules
from accounts.models import AccountHolder
from accounts.operations.customers import lock_customer_by_id
from accounts.operations.restrictions import lock_account, save_change
from audit.actor import Actor


def present_holders(account_id: str) -> dict[str, str]:
    """Return the holders of an account by customer id, with their roles."""
    holders = AccountHolder.objects.filter(account_id=account_id)
    return dict(holders.values_list("customer_id", "role"))


def change_holder(account_id: str, customer_id: str, role: str | None, *, by: Actor) -> None:
    """Add a customer in a role, or remove one without; raises HoldersUnchanged, CustomerNotFound."""
    with transaction.atomic():
        account = lock_account(account_id)
        rules.holders_after(present_holders(account_id), customer_id, role)
        AccountHolder.objects.filter(account=account, customer_id=customer_id).delete()
        if role is not None:
            lock_customer_by_id(customer_id)
            AccountHolder.objects.create(account=account, customer_id=customer_id, role=role)
        kind = "account.holder_added" if role else "account.holder_removed"
        save_change(account, kind, {}, by, said={"holder": customer_id, "role": role or "none"})
