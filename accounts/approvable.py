"""What accounts register with four eyes: freezing, blocking, releasing, and the overdraft limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts import rules
from accounts.money import Money
from accounts.operations import (
    change_holder,
    change_kyc_status,
    change_overdraft,
    change_status,
    lock_account,
    lock_customer_by_id,
    present_holders,
)
from approvals.registry import Change, register
from audit.actor import Actor


@dataclass(slots=True)
class StatusChange:
    """An account goes from one status to another (rules.STATUS_CHANGES)."""

    name: str
    meaning: str
    target_type: str = "account"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the statuses before and after; raises AccountNotFound, AccountStateConflict."""
        status = str(lock_account(target_id).status)
        return Change({"status": status}, {"status": rules.status_after(self.name, status)})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Change the status."""
        change_status(target_id, self.name, by=by)


@dataclass(slots=True)
class OverdraftChange:
    """An account may go further below zero, or less far. The payload's `minor` is in minor units."""

    name: str = "account.overdraft"
    meaning: str = "The account gets another overdraft limit."
    target_type: str = "account"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the limits before and after; raises AccountNotFound, CurrencyMismatch, OverdraftInUse."""
        account = lock_account(target_id)
        limit = Money(payload["minor"], payload["currency"])
        rules.check_overdraft(limit, Money(account.booked - account.held, account.currency))
        return Change({"overdraft_limit": account.overdraft_limit}, {"overdraft_limit": limit.minor})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Change the limit."""
        change_overdraft(target_id, minor=payload["minor"], by=by)


@dataclass(slots=True)
class HolderChange:
    """A customer becomes joint holder or viewer, or ceases to be: payload `customer`, `role` or null."""

    name: str = "account.holder"
    meaning: str = "Somebody else holds or sees the account from now on, or no longer."
    target_type: str = "account"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the holders before and after; raises AccountNotFound, HoldersUnchanged, CustomerNotFound."""
        lock_account(target_id)
        if payload["role"]:
            lock_customer_by_id(payload["customer"])
        before = present_holders(target_id)
        return Change(before, rules.holders_after(before, payload["customer"], payload["role"]))

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Change who holds it."""
        change_holder(target_id, payload["customer"], payload["role"], by=by)


@dataclass(slots=True)
class IdentityVerified:
    """Papers were seen again, after a person corrected their name or date of birth."""

    name: str = "customer.verify"
    meaning: str = "The customer's identity was seen, and counts as verified."
    target_type: str = "customer"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the status before and after; raises CustomerNotFound, IdentityStands."""
        status = str(lock_customer_by_id(target_id).kyc_status)
        return Change({"kyc_status": status}, {"kyc_status": rules.kyc_after_verifying(status)})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Set the status."""
        change_kyc_status(lock_customer_by_id(target_id), "VERIFIED", by=by)


def register_all() -> None:
    """Tell four eyes what accounts need them for."""
    for name, meaning in (
        ("account.freeze", "Nothing leaves the account and nothing arrives."),
        ("account.unfreeze", "The account works again as before."),
        ("account.block_debits", "Nothing leaves the account."),
        ("account.block_credits", "Nothing arrives on the account."),
        ("account.unblock", "The block of the account is lifted."),
    ):
        register(StatusChange(name, meaning))
    register(OverdraftChange())
    register(HolderChange())
    register(IdentityVerified())
