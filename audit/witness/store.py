"""What the witness remembers: the newest head of each log it cosigned, in an SQLite file of its own."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
    CREATE TABLE head (
        origin TEXT PRIMARY KEY, size INTEGER NOT NULL CHECK (size >= 0),
        root BLOB NOT NULL, note TEXT NOT NULL
    ) STRICT
"""
_REMEMBER = """
    INSERT INTO head (origin, size, root, note) VALUES (?, ?, ?, ?)
    ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note
"""


class MemoryLost(Exception):
    """The file is not there: a witness without its memory would sign anything, so it does not start."""


@dataclass(frozen=True, slots=True)
class Known:
    """The newest head of a log the witness has cosigned."""

    size: int
    root: bytes
    note: str


NOTHING = Known(0, b"", "")


class Store:
    """The file; every change is on disk before anybody hears of it."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise MemoryLost(f"{path} is gone")
        self._path = path

    @classmethod
    def new(cls, path: Path) -> "Store":
        """Make an empty memory; raises FileExistsError."""
        path.touch(mode=0o600, exist_ok=False)
        with contextlib.closing(_open(path)) as connection:
            connection.execute(_SCHEMA)
        return cls(path)

    @contextlib.contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection nobody else can write beside; committed, on disk, when the block ends well."""
        with contextlib.closing(_open(self._path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def newest(self, origin: str) -> Known:
        """Return the newest head of a log; NOTHING when none was cosigned."""
        with contextlib.closing(_open(self._path)) as connection:
            return recall(connection, origin)


def recall(connection: sqlite3.Connection, origin: str) -> Known:
    """Return the newest head of a log; NOTHING when none was cosigned."""
    row = connection.execute("SELECT size, root, note FROM head WHERE origin = ?", [origin]).fetchone()
    return Known(*row) if row else NOTHING


def remember(connection: sqlite3.Connection, origin: str, head: Known) -> None:
    """Make this the newest head of a log."""
    connection.execute(_REMEMBER, [origin, head.size, head.root, head.note])


def _open(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is gone is not quietly made anew.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection
