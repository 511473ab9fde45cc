"""Moving waiting events into the log: taken out, made leaves, and copied in as a stream.

PostgreSQL writes and indexes the first leaves while the last are still looked at and hashed here; a row that
arrives by COPY costs it less than one an INSERT makes (docs/decisions/0034).
"""

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from django.db import transaction
from psycopg.errors import UniqueViolation

from audit import metrics
from audit.leaves import RAW, LeafRow, Waiting, leaf_of
from audit.merkle import HASH_BYTES
from bank.database.copying import HEADER, TRAILER

LARGEST_BYTES = 32 * 2**20  # of a batch's bodies: with the leaves made of them, what a sealer holds in memory
# The outbox is empty as far as the planner knows: without this it may plan to read a whole backlog each time.
_BY_NUMBER = "SET LOCAL enable_seqscan = off"
_OLDEST = """
    SELECT max(id) FILTER (WHERE bytes <= %(bytes)s), count(*) = %(most)s OR max(bytes) > %(bytes)s
      FROM (SELECT id, sum(octet_length(body)) OVER (ORDER BY id) AS bytes
              FROM audit.outbox ORDER BY id LIMIT %(most)s) oldest
"""
_TAKE = """
    DELETE FROM audit.outbox WHERE id <= %s
    RETURNING id, event_id::text, timestamptz_send(recorded_at), body
"""
_COPY = """
    COPY audit.leaf (index, event_id, recorded_at, kind, outcome, subject, target, body, hash)
    FROM STDIN (FORMAT BINARY)
"""
# A row is the number of its columns, then each value behind its length (bank/database/copying.py).
_FIXED = struct.Struct(">hiqi16siqi").pack
_LENGTH = struct.Struct(">i").pack
_HASH_LENGTH = _LENGTH(HASH_BYTES)
_ROWS_AT_ONCE = 64


class Oldest(NamedTuple):
    """Which events are sealed next: those up to this number, if any wait; and whether more wait."""

    last: int | None
    more: bool


def oldest(cursor: Any, most: int) -> Oldest:
    """Return the next batch: up to `most` events, fewer when they are large; they stay where they are."""
    cursor.execute(_BY_NUMBER)
    cursor.execute(_OLDEST, {"most": most, "bytes": LARGEST_BYTES})
    last, more = cursor.fetchone()
    return Oldest(last, bool(more))


def move(cursor: Any, start: int, last: int) -> list[bytes]:
    """Turn waiting events up to number `last` into leaves from index `start`; return their hashes in order.

    What is visible by now is taken: an event of a lower number that was committed late is not passed over.
    """
    events = _take(cursor, last)
    try:
        with transaction.atomic(using="sealer"):
            return _copy(cursor, start, events, set())
    except UniqueViolation:  # an id the log has already
        return _copy(cursor, start, events, _taken(cursor, events))


def _take(cursor: Any, last: int) -> list[Waiting]:
    rows = _binary(cursor).execute(_TAKE, [last], binary=True).fetchall()
    rows.sort()
    return [Waiting(event_id, int.from_bytes(at, signed=True), body) for _, event_id, at, body in rows]


def _taken(cursor: Any, events: Sequence[Waiting]) -> set[str]:
    ids = [event.event_id for event in events]
    cursor.execute("SELECT event_id FROM audit.leaf WHERE event_id = ANY (%s::uuid[])", [ids])
    return {str(row[0]) for row in cursor.fetchall()}


def _copy(cursor: Any, start: int, events: Sequence[Waiting], taken: set[str]) -> list[bytes]:
    hashes: list[bytes] = []
    raw = 0
    with _binary(cursor).copy(_COPY) as copy:
        copy.write(HEADER)
        for first in range(0, len(events), _ROWS_AT_ONCE):
            leaves = [leaf_of(event, taken) for event in events[first : first + _ROWS_AT_ONCE]]
            copy.write(_packed(start + first, leaves))
            hashes += [leaf.hash for leaf in leaves]
            raw += sum(leaf.columns.kind == RAW for leaf in leaves)
        copy.write(TRAILER)
    metrics.RAW.inc(raw)
    return hashes


def _packed(start: int, leaves: Sequence[LeafRow]) -> bytes:
    pieces: list[bytes] = []
    for index, (event_id, at, columns, body, digest) in enumerate(leaves, start):
        kind, outcome, subject, target = map(str.encode, columns)
        number = bytes.fromhex(event_id.replace("-", ""))
        pieces += (
            _FIXED(9, 8, index, 16, number, 8, at, len(kind)), kind, _LENGTH(len(outcome)), outcome,
            _LENGTH(len(subject)), subject, _LENGTH(len(target)), target,
            _LENGTH(len(body)), body, _HASH_LENGTH, digest,
        )  # fmt: skip
    return b"".join(pieces)


def _binary(cursor: Any) -> psycopg.Cursor[Any]:
    """Return a cursor of the same transaction that sends and takes values as they are, not as quoted text."""
    return psycopg.Cursor(cursor.connection)
