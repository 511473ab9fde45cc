"""What hinders what is done with an account, beyond what accounts know themselves: apps above register it.

hindrances.register(standing_orders_left)      # of closing: takes the account's id, returns the error or None
hindrances.register_limit(within_limits)       # of setting money aside: counts the amount, or raises
"""

from collections.abc import Callable

from accounts.money import Money
from bank.errors import Conflict

Hindrance = Callable[[str], Conflict | None]
Limit = Callable[[str, Money], None]

_HINDRANCES: list[Hindrance] = []
_LIMITS: list[Limit] = []


def register(hindrance: Hindrance) -> None:
    """Ask this whenever an account is to be closed; the account is locked then."""
    if hindrance not in _HINDRANCES:
        _HINDRANCES.append(hindrance)


def check(account_id: str) -> None:
    """Raise the first Conflict that hinders closing."""
    for hindrance in _HINDRANCES:
        found = hindrance(account_id)
        if found is not None:
            raise found


def register_limit(limit: Limit) -> None:
    """Ask this whenever money is set aside: in the same transaction, before the account is locked."""
    if limit not in _LIMITS:
        _LIMITS.append(limit)


def count(account_id: str, amount: Money) -> None:
    """Count an amount against every limit; raises what the first raises that it is above."""
    for limit in _LIMITS:
        limit(account_id, amount)
