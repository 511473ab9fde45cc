"""What hinders an account from being closed, beyond what accounts know themselves: apps above register it.

hindrances.register(standing_orders_left)      # takes the account's id, returns the error or None
"""

from collections.abc import Callable

from bank.errors import Conflict

Hindrance = Callable[[str], Conflict | None]

_HINDRANCES: list[Hindrance] = []


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
