"""Balances, now and then."""

from datetime import datetime

from accounts import rules
from accounts.models import Account, Entry
from accounts.money import CurrencyMismatch, Money
from accounts.queries.accounts import get_account
from accounts.queries.holds import spendable
from audit.actor import Actor


def balance_at(account: Account, moment: datetime) -> Money:
    """Return what was booked on an account at a moment: the running balance of the last entry up to it."""
    last = (
        Entry.objects.filter(account_id=account.id, booked_at__lte=moment)
        .order_by("-booked_at", "-seq")
        .values_list("balance_after", flat=True)
        .first()
    )
    return Money(last or 0, account.currency)


def has_funds(account_id: str, amount: Money, *, owned_by: Actor) -> bool:
    """Return whether an amount could be paid from it now; raises AccountNotFound, CurrencyMismatch."""
    account = get_account(account_id, owned_by=owned_by)
    if account.currency != amount.currency:
        raise CurrencyMismatch(f"the account is in {account.currency}")
    left = spendable([account])[account.id]
    return not rules.why_not_payable_from(account.status) and amount.minor <= left.minor
