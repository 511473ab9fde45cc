"""Members of staff, and what two of them agree on."""

from typing import Any
from uuid import uuid4

from accounts.models import Account
from accounts.operations import close_account
from approvals import operations
from approvals.models import Approval
from audit.actor import Actor
from bank.access.roles import APPROVER, TELLER, permissions_of
from oauth.models import User
from tests.support.customers import BY

_WAYS = {
    "FROZEN": "account.freeze",
    "DEBIT_BLOCKED": "account.block_debits",
    "CREDIT_BLOCKED": "account.block_credits",
}


def officer(*roles: str) -> Actor:
    """A member of staff with a login of their own, signed in."""
    user = User.objects.create_user(f"staff-{uuid4().hex[:12]}", roles=list(roles))
    return Actor(type="staff", user_id=user.id, permissions=permissions_of(roles), roles=frozenset(roles))


def asked(operation: str, target_id: str, *, by: Actor | None = None, **payload: Any) -> Approval:
    """A teller asks."""
    return operations.request_approval(
        operation, target_id, payload=payload, reason="asked in a test", by=by or officer(TELLER)
    )


def agreed(operation: str, target_id: str, **payload: Any) -> Approval:
    """A teller asks and an approver approves."""
    approval = asked(operation, target_id, **payload)
    return operations.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))


def restricted(account: Account, status: str) -> Account:
    """Bring an account into a status by the bank's own ways; PENDING is another account, just opened."""
    if status == "PENDING":
        return Account.objects.create(name="New", kind="current", currency=account.currency)
    if status == "CLOSED":
        close_account(account.id, by=BY)
    else:
        agreed(_WAYS[status], account.id)
    return Account.objects.get(id=account.id)
