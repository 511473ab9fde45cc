"""Balances, now and then."""

from datetime import datetime

from accounts.models import Account, Entry
from accounts.money import Money


def balance_at(account: Account, moment: datetime) -> Money:
    """Return what was booked on an account at a moment: the running balance of the last entry up to it."""
    last = (
        Entry.objects.filter(account_id=account.id, booked_at__lte=moment)
        .order_by("-booked_at", "-seq")
        .values_list("balance_after", flat=True)
        .first()
    )
    return Money(last or 0, account.currency)
