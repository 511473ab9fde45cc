"""Which tables must match the log one to one. Apps above register theirs; this room knows none of them.

    ledgers.register("accounts_posting", "audit_event_id", kinds={"payment.completed"})

`bank_reader` needs SELECT on that column. Every row must name an event of the log; every successful event of
these kinds must have a row.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A table whose rows each name the event that made them."""

    table: str
    column: str
    kinds: frozenset[str]


_REGISTERED: dict[str, Ledger] = {}


def register(table: str, column: str, *, kinds: Collection[str] = ()) -> None:
    """Declare that each row of a table names an event, and which kinds of event always make a row."""
    if not _NAME.fullmatch(table) or not _NAME.fullmatch(column):
        raise ValueError("a ledger is a table and a column")
    _REGISTERED[table] = Ledger(table, column, frozenset(kinds))


def registered() -> list[Ledger]:
    """Return every ledger that was declared."""
    return list(_REGISTERED.values())
