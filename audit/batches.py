"""Moving waiting events into the log: read, made leaves, copied in as a stream, and only then removed.

Three are at work at once: one connection of PostgreSQL reads waiting events, Python looks at them and hashes
them, another connection writes and indexes the leaves. The second one alone changes anything, in one
transaction; what it removes are the very events that were read (docs/decisions/0037).
"""

import itertools
import struct
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import psycopg
from django.db import connections, transaction
from psycopg.errors import UniqueViolation

from audit import metrics
from audit.leaves import RAW_COLUMNS, LeafRow, leaf_of
from audit.merkle import HASH_BYTES
from bank.database import arrays
from bank.database.copying import HEADER, TRAILER

# The outbox is empty as far as the planner knows: without this it may plan to read a whole backlog each time.
_BY_NUMBER = "SET LOCAL enable_seqscan = off"
_OLDEST = "SELECT id FROM audit.outbox ORDER BY id LIMIT 1"
_EVENTS = "SELECT id, event_id::text, recorded_at, body FROM audit.outbox ORDER BY id LIMIT {most:d}"
_READ = f"COPY ({_EVENTS}) TO STDOUT (FORMAT BINARY)"
_AS_SENT = ("int8", "text", "int8", "bytea")  # of a moment the microseconds, as PostgreSQL counts them
_WRITE = """
    COPY audit.leaf (index, event_id, recorded_at, kind, outcome, subject, target, body, hash)
    FROM STDIN (FORMAT BINARY)
"""
_REMOVE = "DELETE FROM audit.outbox WHERE id = ANY (%s::bigint[])"
_TAKEN = "SELECT event_id::text FROM audit.outbox JOIN audit.leaf USING (event_id)"
# A row is the number of its columns, then each value behind its length (bank/database/copying.py).
_FIXED = struct.Struct(">hiqi16siqi").pack
_LENGTH = struct.Struct(">i").pack
_HASH_LENGTH = _LENGTH(HASH_BYTES)
_ROWS_AT_ONCE = 64


class EventsGone(RuntimeError):
    """Events that were read are not there to be removed: somebody else takes them, who must not."""


def any_waits(cursor: Any) -> bool:
    """Return whether an event waits to be sealed."""
    cursor.execute(_BY_NUMBER)
    cursor.execute(_OLDEST)
    return cursor.fetchone() is not None


def move(cursor: Any, start: int, most: int) -> list[bytes]:
    """Turn up to `most` waiting events into leaves from index `start`; return their hashes in order.

    Raises EventsGone. What is committed after the reading stays where it is, whatever its number.
    """
    try:
        with transaction.atomic(using="sealer"):
            return _moved(cursor, start, most, frozenset())
    except UniqueViolation:  # an id the log has already
        return _moved(cursor, start, most, _taken(cursor))


def _moved(cursor: Any, start: int, most: int, taken: Collection[str]) -> list[bytes]:
    with transaction.atomic(using="outbox"), connections["outbox"].cursor() as reading:
        reading.execute(_BY_NUMBER)
        numbers, hashes = _copy(reading, cursor, start, most, taken)
    _remove(cursor, numbers)
    return hashes


def _copy(
    reading: Any, cursor: Any, start: int, most: int, taken: Collection[str]
) -> tuple[list[int], list[bytes]]:
    """Write a leaf for each waiting event while more are read; return their numbers and hashes."""
    numbers: list[int] = []
    hashes: list[bytes] = []
    raw = 0
    read = _READ.format(most=most).encode()
    with _binary(reading).copy(read) as events, _binary(cursor).copy(_WRITE) as log:
        events.set_types(_AS_SENT)
        log.write(HEADER)
        for some in _in_pieces(events.rows()):
            leaves = [leaf_of(event_id, at, body, taken) for _, event_id, at, body in some]
            log.write(_packed(start + len(hashes), leaves))
            numbers += [event[0] for event in some]
            hashes += [leaf[-1] for leaf in leaves]
            raw += sum(columns is RAW_COLUMNS for _, _, columns, _, _ in leaves)
        log.write(TRAILER)
    metrics.RAW.inc(raw)
    return numbers, hashes


def _in_pieces(rows: Iterator[Any]) -> Iterator[Sequence[Any]]:
    while some := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        yield some


def _remove(cursor: Any, numbers: Sequence[int]) -> None:
    cursor.execute(_REMOVE, [arrays.numbers(numbers)])
    if cursor.rowcount != len(numbers):
        raise EventsGone(f"{len(numbers)} events were read, {cursor.rowcount} of them were left to remove")


def _taken(cursor: Any) -> set[str]:
    """Return the ids of waiting events that the log has already."""
    cursor.execute(_TAKEN)
    return {row[0] for row in cursor.fetchall()}


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
