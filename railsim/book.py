"""The rail's own durable book, in SQLite: transfers, what was settled, news to be told, faults."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from railsim.messages import Message

UNNOTICED_SECONDS = 5.0  # a message is under way for a moment: no reason to set the clock
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS transfer (
        id TEXT PRIMARY KEY, direction TEXT NOT NULL CHECK (direction IN ('out', 'in')),
        said TEXT NOT NULL, currency TEXT NOT NULL, amount TEXT NOT NULL,
        status TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL,
        settle_at REAL, settled_on TEXT NOT NULL DEFAULT '', hidden_until REAL NOT NULL DEFAULT 0,
        return_at REAL, return_reason TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE TABLE IF NOT EXISTS entry (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL, tx_id TEXT NOT NULL REFERENCES transfer,
        return_id TEXT NOT NULL DEFAULT '', direction TEXT NOT NULL CHECK (direction IN ('CRDT', 'DBIT')),
        currency TEXT NOT NULL, amount TEXT NOT NULL, message TEXT NOT NULL,
        UNIQUE (tx_id, return_id)
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS returned_once ON entry (tx_id) WHERE return_id <> '';
    CREATE TABLE IF NOT EXISTS callback (
        id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL, due_at REAL NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0, delivered_at REAL, newest_first INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS fault (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, message TEXT NOT NULL,
        seconds REAL NOT NULL, reason TEXT NOT NULL, times INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS clock (
        only INTEGER PRIMARY KEY CHECK (only = 1), ahead_seconds REAL NOT NULL
    ) STRICT;
"""
_DUE = """
    SELECT EXISTS (SELECT 1 FROM transfer WHERE settle_at <= :now OR return_at <= :now AND status = 'ACCC')
        OR EXISTS (SELECT 1 FROM callback WHERE delivered_at IS NULL AND due_at <= :now)
"""


class Book:
    """The file; every change is on disk before anybody hears of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with contextlib.closing(self._open()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    @contextlib.contextmanager
    def alone(self) -> Iterator["Page"]:
        """Yield a page nobody else can write beside; committed, on disk, when the block ends well."""
        with contextlib.closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Page(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def watched(self) -> Iterator[Callable[[], bool]]:
        """Yield what tells whether anything is due: it locks nothing, and may be asked often."""
        with contextlib.closing(self._open()) as connection:
            yield lambda: bool(connection.execute(_DUE, {"now": time.time()}).fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=10)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        return connection


@dataclass(frozen=True, slots=True)
class Page:
    """The book within one transaction."""

    db: sqlite3.Connection

    def transfer(self, tx_id: str) -> sqlite3.Row | None:
        """Return a transfer, or None."""
        found: sqlite3.Row | None = self.db.execute("SELECT * FROM transfer WHERE id = ?", [tx_id]).fetchone()
        return found

    def add_transfer(self, tx_id: str, direction: str, txn: Message, **more: Any) -> None:
        """Write a transfer down."""
        amount = txn["IntrBkSttlmAmt"]
        row = {"id": tx_id, "direction": direction, "said": text_of(txn), "currency": amount["Ccy"]}
        row |= {"amount": amount["Amt"], "created_at": time.time(), **more}
        self._insert("transfer", row)

    def change(self, tx_id: str, **values: Any) -> None:
        """Change a transfer."""
        named = ", ".join(f"{name} = ?" for name in values)
        self.db.execute(f"UPDATE transfer SET {named} WHERE id = ?", [*values.values(), tx_id])  # noqa: S608 - our own names

    def add_entry(
        self, transfer: sqlite3.Row, direction: str, message: Message, *, return_id: str = ""
    ) -> bool:
        """Book what was settled; False when it is booked already."""
        row = {
            "day": self.today(), "tx_id": transfer["id"], "return_id": return_id, "direction": direction,
            "currency": transfer["currency"], "amount": transfer["amount"], "message": json.dumps(message),
        }  # fmt: skip
        return self._insert("entry", row, or_ignore=True)

    def follow(self, told: datetime) -> None:
        """Go by the member's time from now on: a sandbox moves its clock, and the days here move with it."""
        ahead = (told - datetime.now(UTC)).total_seconds()
        if abs(ahead - self._ahead()) > UNNOTICED_SECONDS:
            self.db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", [ahead])

    def today(self) -> str:
        """Return the rail's date. How long things take is counted in real time, whatever day it is."""
        return (datetime.now(UTC) + timedelta(seconds=self._ahead())).date().isoformat()

    def days_since(self, day: str) -> list[str]:
        """Return the days from this one on which something was settled."""
        rows = self.db.execute("SELECT DISTINCT day FROM entry WHERE day >= ? ORDER BY day", [day])
        return [row["day"] for row in rows]

    def entry_of(self, tx_id: str, return_id: str) -> sqlite3.Row:
        """Return a line of the book that is there."""
        found: sqlite3.Row = self.db.execute(
            "SELECT * FROM entry WHERE tx_id = ? AND return_id = ?", [tx_id, return_id]
        ).fetchone()
        return found

    def say(self, message: Message, *, after: float = 0.0, newest_first: bool = False) -> None:
        """Put a callback into the queue."""
        row = {"message": json.dumps(message), "due_at": time.time() + after}
        self._insert("callback", row | {"newest_first": int(newest_first)})

    def take_fault(self, *names: str, message: str) -> sqlite3.Row | None:
        """Return the next fault of these names for a kind of message, once fewer times; or None."""
        marks = ", ".join("?" * len(names))
        found: sqlite3.Row | None = self.db.execute(
            f"SELECT * FROM fault WHERE name IN ({marks}) AND message IN (?, 'any') AND times > 0"  # noqa: S608 - marks
            " ORDER BY id LIMIT 1",
            [*names, message],
        ).fetchone()
        if found:
            self.db.execute("UPDATE fault SET times = times - 1 WHERE id = ?", [found["id"]])
        return found

    def _ahead(self) -> float:
        row = self.db.execute("SELECT ahead_seconds FROM clock").fetchone()
        return float(row["ahead_seconds"]) if row else 0.0

    def _insert(self, table: str, row: dict[str, Any], *, or_ignore: bool = False) -> bool:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        how = "INSERT OR IGNORE" if or_ignore else "INSERT"
        statement = f"{how} INTO {table} ({names}) VALUES ({marks})"
        return self.db.execute(statement, list(row.values())).rowcount == 1


def text_of(value: object) -> str:
    """Return JSON that is the same for the same content."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
