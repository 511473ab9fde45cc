"""Somebody can write to the database and has no key: they decrypt nothing, they move boxes about."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from labs.programs import Program, serving
from labs.wire import call

Place = tuple[str, str]  # whose, and which field
MOVES: list[tuple[str, Place, Place]] = [
    ("bob's address, copied to alice's row, was shown to her", ("bob", "address"), ("alice", "address")),
    ("bob's address, as alice's nickname, was shown to her", ("bob", "address"), ("alice", "nickname")),
    (
        "a tax number that is always masked was shown as a nickname",
        ("alice", "tax_number"),
        ("alice", "nickname"),
    ),
]


class Door:
    """A bank whose database the attacker can write to."""

    secrets = {
        ("bob", "nickname"): "Bobby",
        ("bob", "address"): "2 Harbour Lane",
        ("alice", "tax_number"): "QQ123456C",
    }

    def __init__(self, program: Program) -> None:
        self._program = program

    @contextmanager
    def moved(self, source: Place, target: Place) -> Iterator[None]:
        """Copy the box of one place over that of another, for a while."""
        box, kept = self._read(source), self._read(target)
        self._write(target, box)
        yield
        self._write(target, kept)

    def shown(self, person: str, field: str) -> str:
        """Return what the person sees in a field; nothing when the bank refuses."""
        answer = call(self._program.port, "GET", f"/{person}").json or {}
        return str(answer.get(field, ""))

    def _read(self, place: Place) -> bytes:
        with closing(sqlite3.connect(self._program.folder / "customers.db")) as database:
            query = f"SELECT {place[1]} FROM customers WHERE name = ?"  # noqa: S608 - a name of MOVES
            return bytes(database.execute(query, (place[0],)).fetchone()[0])

    def _write(self, place: Place, box: bytes) -> None:
        with closing(sqlite3.connect(self._program.folder / "customers.db")) as database, database:
            query = f"UPDATE customers SET {place[1]} = ? WHERE name = ?"  # noqa: S608 - a name of MOVES
            database.execute(query, (box, place[0]))


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program and get hold of its database."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return what the bank showed that was not for those eyes."""
    found = []
    for words, source, target in MOVES:
        with door.moved(source, target):
            if door.secrets[source] in door.shown(*target):
                found.append(words)
    return found


def honest(door: Door) -> list[str]:
    """Return what bob cannot read of himself."""
    mine = [("bob", "nickname"), ("bob", "address")]
    return [
        f"bob does not see his {field}"
        for who, field in mine
        if door.shown(who, field) != door.secrets[who, field]
    ]
