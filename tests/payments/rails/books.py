"""I7: the rail's book equals the ledger, counted by plain SQL from the entries and the rail's own file."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from bank.public_ids import encode

_OUT = """
    SELECT t.payment_id, e.amount FROM payments_railtransfer t
      JOIN accounts_entry e ON e.id = t.hold_id WHERE e.direction = 'DBIT'
"""
_BACK = """
    SELECT p.original_id, e.amount FROM payments_payment p
      JOIN accounts_entry e ON e.posting_id = p.posting_id AND e.direction = 'CRDT' WHERE p.kind = 'return'
"""
_IN = """
    SELECT i.rail_id, e.amount FROM payments_incomingpayment i
      JOIN accounts_entry e ON e.posting_id = i.posting_id AND e.direction = 'CRDT'
"""
_THEIRS = """
    SELECT e.tx_id, e.return_id <> '' AND t.direction = 'out', e.direction, e.amount
      FROM entry e JOIN transfer t ON t.id = e.tx_id
"""
Book = Counter[tuple[str, bool]]


def books_differ(rail_book: Path, database_url: str) -> list[str]:
    """Return what is in one book and not in the other; only of payments this rail has seen."""
    theirs, ours, known = _theirs(rail_book), _ours(database_url), _seen(rail_book)
    return [
        f"the rail's book and the ledger differ about {number}: ours {ours[number, back]}, "
        f"theirs {theirs[number, back]}"
        for number, back in sorted(theirs.keys() | {key for key in ours if key[0] in known})
        if ours[number, back] != theirs[number, back]
    ]


def _theirs(file: Path) -> Book:
    """The rail's lines; one that came in and went back at once is nothing to the ledger."""
    book: Book = Counter()
    for number, is_return, direction, amount in _read(file, _THEIRS):
        book[number, bool(is_return)] += round(float(amount) * 100) * (1 if direction == "CRDT" else -1)
    return Counter({key: minor for key, minor in book.items() if minor})


def _seen(file: Path) -> set[str]:
    return {number for (number,) in _read(file, "SELECT id FROM transfer")}


def _read(file: Path, query: str) -> list[Any]:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as opened:
        return opened.execute(query).fetchall()


def _ours(database_url: str) -> Book:
    book: Book = Counter()
    with psycopg.connect(database_url) as connection:
        for query, sign, is_return in ((_OUT, -1, False), (_BACK, 1, True), (_IN, 1, False)):
            for number, amount in connection.execute(query.encode()).fetchall():
                name = number if isinstance(number, str) else encode("pay", number)
                book[name, is_return] += sign * amount
    return book
