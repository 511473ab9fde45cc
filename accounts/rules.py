"""What must be true of accounts: pure functions. The database enforces the same again."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from accounts.errors import (
    AccountStateConflict,
    HoldersUnchanged,
    HoldOfNothing,
    HoldTooLong,
    IdentityStands,
    NotTheOwner,
    NotVerified,
    OverdraftInUse,
    OverdraftTooLarge,
    TooManyAccounts,
)
from accounts.money import MAX_MINOR, CurrencyMismatch, Money

PAYING_ROLES = frozenset({"owner", "joint"})


def available(booked: int, held: int, overdraft_limit: int) -> int:
    """Return what can be spent now, in minor units."""
    return booked - held + overdraft_limit


def may_pay(role: str | None) -> bool:
    """Return whether a holder of this role may move the account's money: a viewer may not."""
    return role in PAYING_ROLES


def kyc_after_verifying(status: str) -> str:
    """Return the status once papers were seen anew; raises IdentityStands."""
    if status == "VERIFIED":
        raise IdentityStands()
    return "VERIFIED"


def why_not_shareable(status: str, role: str) -> str:
    """Return why a holder cannot share an account with an app, in a customer's words; empty when they can."""
    if status == "CLOSED":
        return "This account is closed"
    if status == "PENDING":
        return "This account is not open yet"
    if not may_pay(role):
        return "Only a holder of this account can share it"
    return ""


def why_not_payable_from(status: str) -> str:
    """Return why an account in this state cannot pay, in a customer's words; empty if it can."""
    return "" if status in {"ENABLED", "CREDIT_BLOCKED"} else "This account is blocked"


def shared_history_begins(now: datetime) -> datetime:
    """Return how far back an app sees: twelve months, as the consent page says (permissions.py)."""
    is_leap_day = (now.month, now.day) == (2, 29)
    return now.replace(year=now.year - 1, day=28 if is_leap_day else now.day)


# What staff do to an account: from which statuses, to which.
STATUS_CHANGES: dict[str, tuple[frozenset[str], str]] = {
    "account.freeze": (frozenset({"ENABLED", "DEBIT_BLOCKED", "CREDIT_BLOCKED"}), "FROZEN"),
    "account.unfreeze": (frozenset({"FROZEN"}), "ENABLED"),
    "account.block_debits": (frozenset({"ENABLED"}), "DEBIT_BLOCKED"),
    "account.block_credits": (frozenset({"ENABLED"}), "CREDIT_BLOCKED"),
    "account.unblock": (frozenset({"DEBIT_BLOCKED", "CREDIT_BLOCKED"}), "ENABLED"),
}


def status_after(change: str, status: str) -> str:
    """Return the status an account of this status takes by a change; raises AccountStateConflict."""
    allowed, after = STATUS_CHANGES[change]
    if status not in allowed:
        raise AccountStateConflict(f"the account is {status}")
    return after


def check_overdraft(limit: Money, free: Money) -> None:
    """Raise CurrencyMismatch or OverdraftInUse unless an account with so much free may have this limit."""
    if limit.currency != free.currency:
        raise CurrencyMismatch(f"the account is in {free.currency}")
    if limit.minor > MAX_MINOR:
        raise OverdraftTooLarge()
    if free.minor + limit.minor < 0:
        raise OverdraftInUse()


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's month."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day.replace(day=1), following - timedelta(days=1)


OPEN_ACCOUNTS_AT_MOST = 20


def check_opening(kyc_status: str, open_accounts: int) -> None:
    """Raise NotVerified or TooManyAccounts unless a person may open another account."""
    if kyc_status != "VERIFIED":
        raise NotVerified()
    if open_accounts >= OPEN_ACCOUNTS_AT_MOST:
        raise TooManyAccounts()


def check_owner(role: str | None) -> None:
    """Raise NotTheOwner unless this role is the owner's."""
    if role != "owner":
        raise NotTheOwner()


def holders_after(before: dict[str, str], customer: str, role: str | None) -> dict[str, str]:
    """Return the holders with one added, or removed where no role is given; raises HoldersUnchanged.

    The owner stays, and there is one.
    """
    present = before.get(customer)
    if present == role or present == "owner" or role == "owner":
        raise HoldersUnchanged()
    left = {name: held for name, held in before.items() if name != customer}
    return {**left, customer: role} if role else left


def check_closable(status: str) -> None:
    """Raise AccountStateConflict for an account that staff froze or blocked."""
    if status not in ("ENABLED", "PENDING"):
        raise AccountStateConflict(f"the account is {status}")


HELD_AT_MOST = timedelta(days=30)


def check_something(amount: Money) -> None:
    """Raise HoldOfNothing unless it is more than zero."""
    if amount.minor <= 0:
        raise HoldOfNothing()


def check_hold(amount: Money, until: datetime, now: datetime) -> None:
    """Raise HoldOfNothing or HoldTooLong unless this much may be set aside until then."""
    check_something(amount)
    if not now < until <= now + HELD_AT_MOST:
        raise HoldTooLong()


def may_close(balance: Money) -> bool:
    """Return whether an account with this balance can be closed."""
    return balance.minor == 0


def masked(last4: str) -> str:
    """Return an account number with all but its last four characters hidden."""
    return f"•••• {last4}" if last4 else "••••"


def sums_to_zero(lines: list[Money]) -> bool:
    """Return whether the lines of a posting cancel out in each currency."""
    totals: dict[str, int] = {}
    for money in lines:
        totals[money.currency] = totals.get(money.currency, 0) + money.minor
    return len(lines) >= 2 and not any(totals.values())


class Standing(NamedTuple):
    """What the ledger asks of an account before it books on it; `free` can be spent, in minor units."""

    key: UUID  # its id, as the database has it
    status: str
    currency: str
    is_customers: bool
    free: int


def why_not_booked(standing: Standing | None, amount: Money, *, spent: int = 0) -> str:
    """Return the ledger's word for why it would not book a line (errors.REFUSALS), or nothing.

    `spent` is what earlier lines take of the account. The same rules as in post_entries_by_index.sql, in the
    same order: many lines are sifted by these, and that function has the last word.
    """
    if standing is None:
        return "unknown_account"
    if standing.status == "CLOSED":
        return "account_closed"
    if standing.status in _BLOCKS_ALL or standing.status == _BLOCKS[amount.minor < 0]:
        return "account_blocked"
    if standing.currency != amount.currency:
        return "currency_mismatch"
    lacks = amount.minor < 0 and standing.is_customers and standing.free - spent + amount.minor < 0
    return "insufficient_funds" if lacks else ""


_BLOCKS_ALL = frozenset({"PENDING", "FROZEN"})
_BLOCKS = {True: "DEBIT_BLOCKED", False: "CREDIT_BLOCKED"}  # by whether the line is a debit
