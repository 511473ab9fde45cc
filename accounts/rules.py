"""What must be true of accounts: pure functions. The database enforces the same again."""

from datetime import datetime

from accounts.money import Money

PAYING_ROLES = frozenset({"owner", "joint"})


def available(booked: int, held: int, overdraft_limit: int) -> int:
    """Return what can be spent now, in minor units."""
    return booked - held + overdraft_limit


def may_pay(role: str | None) -> bool:
    """Return whether a holder of this role may move the account's money: a viewer may not."""
    return role in PAYING_ROLES


def why_not_shareable(status: str, role: str) -> str:
    """Return why a holder cannot share an account with an app, in a customer's words; empty when they can."""
    if status == "CLOSED":
        return "This account is closed"
    if status == "PENDING":
        return "This account is not open yet"
    if not may_pay(role):
        return "Only a holder of this account can share it"
    return ""


def shared_history_begins(now: datetime) -> datetime:
    """Return how far back an app sees: twelve months, as the consent page says (permissions.py)."""
    is_leap_day = (now.month, now.day) == (2, 29)
    return now.replace(year=now.year - 1, day=28 if is_leap_day else now.day)


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
