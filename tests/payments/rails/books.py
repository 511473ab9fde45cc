"""I7: the rail's book equals the ledger, counted by plain SQL from the entries and the rail's own file."""

import sqlite3
from collections import Counter

from django.db import connection

from bank.public_ids import encode
from tests.support.rail import RunningRail

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
Book = Counter[tuple[str, bool]]


def books_differ(rail: RunningRail) -> list[str]:
    """Return what is in one book and not in the other; only of payments this rail has seen."""
    theirs, ours = _theirs(rail), _ours()
    known = {number for number, _ in theirs}
    return [
        f"{key}: ours {ours[key]}, theirs {theirs[key]}"
        for key in theirs.keys() | {key for key in ours if key[0] in known}
        if ours[key] != theirs[key]
    ]


def _theirs(rail: RunningRail) -> Book:
    """The rail's lines; one that came in and went back at once is nothing to the ledger."""
    book: Book = Counter()
    with sqlite3.connect(f"file:{rail.folder / 'rail' / 'book.sqlite'}?mode=ro", uri=True) as file:
        rows = file.execute(
            "SELECT e.tx_id, e.return_id <> '', e.direction, e.amount, t.direction"
            " FROM entry e JOIN transfer t ON t.id = e.tx_id"
        ).fetchall()
    for number, is_return, direction, amount, way in rows:
        minor = round(float(amount) * 100) * (1 if direction == "CRDT" else -1)
        book[number, bool(is_return) and way == "out"] += minor
    return Counter({key: minor for key, minor in book.items() if minor})


def _ours() -> Book:
    book: Book = Counter()
    with connection.cursor() as cursor:
        for query, sign, is_return in ((_OUT, -1, False), (_BACK, 1, True), (_IN, 1, False)):
            cursor.execute(query)
            for number, amount in cursor.fetchall():
                name = number if isinstance(number, str) else encode("pay", number)
                book[name, is_return] += sign * amount
    return book
