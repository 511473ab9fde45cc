"""Balances, now and then."""

from datetime import datetime

from accounts import rules
from accounts.models import Account
from accounts.money import CurrencyMismatch, Money
from accounts.queries.accounts import get_account
from accounts.queries.holds import spendable
from accounts.queries.whose import uuid_of
from audit.actor import Actor
from bank.database import asking

_BALANCE_AT = """
    SELECT balance_after FROM accounts_entry
     WHERE account_id = %(account)s
       AND seq = (SELECT public.newest_entry(%(account)s, %(moment)s + interval '1 microsecond'))
"""


def balance_at(account: Account, moment: datetime) -> Money:
    """Return what was booked on an account at a moment: the running balance of the last entry up to it."""
    found = asking.fetch_one(_BALANCE_AT, {"account": uuid_of("acc", account.id), "moment": moment})
    return Money(found[0] if found else 0, account.currency)


def has_funds(account_id: str, amount: Money, *, owned_by: Actor) -> bool:
    """Return whether an amount could be paid from it now; raises AccountNotFound, CurrencyMismatch."""
    account = get_account(account_id, owned_by=owned_by)
    if account.currency != amount.currency:
        raise CurrencyMismatch(f"the account is in {account.currency}")
    left = spendable([account])[account.id]
    return not rules.why_not_payable_from(account.status) and amount.minor <= left.minor
