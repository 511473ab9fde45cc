"""Moving a batch of events into the log: at once when all are in order, one by one when any is not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
from django.db import transaction

from audit import metrics
from audit.canonical import OPTIONS
from audit.leaves import LONGEST_COLUMN, RAW, LeafRow, describe, leaf_of
from audit.merkle import HASH_BYTES

_WAITING = """
    SELECT array_agg(id ORDER BY id), array_agg(event_id::text ORDER BY id), array_agg(body ORDER BY id)
      FROM (SELECT id, event_id, body FROM audit.outbox ORDER BY id LIMIT %s) oldest
"""
_TAKE = "DELETE FROM audit.outbox WHERE id = ANY (%s) RETURNING id, event_id, recorded_at, body"
_COPY_LEAVES = """
    COPY audit.leaf (index, event_id, recorded_at, kind, outcome, subject, target, body, hash)
    FROM STDIN (FORMAT BINARY)
"""
_LEAF_TYPES = ("int8", "uuid", "timestamptz", "text", "text", "text", "text", "bytea", "bytea")
_MOVE = (Path(__file__).parent / "sql" / "seal_batch.sql").read_text()
# Numbers that have more than one spelling: behind a name, which is looked for fast, or anywhere.
_FRACTION_OF_A_NAME = re.compile(rb'":-?[0-9]+[.eE]')
_FRACTION = re.compile(rb"[:,\[]-?[0-9]+[.eE]")
_ZERO = b"\\u0000"  # a character no column of PostgreSQL holds


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest events that wait."""

    ids: list[int] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


def waiting(cursor: Any, most: int) -> Waiting:
    """Return up to `most` events, the oldest first; they stay where they are."""
    row = _binary(cursor).execute(_WAITING, [most], binary=True).fetchone()
    return Waiting(*row) if row and row[0] else Waiting()


def move(cursor: Any, start: int, batch: Waiting) -> list[bytes]:
    """Turn a batch into leaves from index `start` and return their hashes in order."""
    columns = _columns(batch)
    if columns is not None:
        try:
            with transaction.atomic(using="sealer"):
                return _move_at_once(cursor, start, batch, columns)
        except psycopg.IntegrityError:
            pass  # an id the log has already, or one that came twice: each is looked at
    return _move_one_by_one(cursor, start, batch)


def _columns(batch: Waiting) -> Sequence[Sequence[str]] | None:
    """Return kinds, outcomes, subjects, targets; None when an event is not as it should be."""
    try:
        rows = [_row(own, body) for own, body in zip(batch.event_ids, batch.bodies, strict=True)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return list(zip(*rows, strict=True))


def _row(own: str, body: bytes) -> tuple[str, str, str, str]:
    event = orjson.loads(body)
    found = describe(event)
    row = (found.kind, found.outcome, found.subject, found.target)
    if _is_doubtful(body) or orjson.dumps(event, option=OPTIONS) != body or event["event_id"] != own:
        raise ValueError("not a canonical event of this id")
    together = "".join(row)
    if len(together) > LONGEST_COLUMN or "\n" in together:
        raise ValueError("longer than a column, perhaps, or of two lines")
    return row


def _is_doubtful(body: bytes) -> bool:
    """Return whether one must look closer to say that these bytes are canonical; mostly three quick looks."""
    numbers = _FRACTION if b"[" in body else _FRACTION_OF_A_NAME
    return not body.isascii() or _ZERO in body or numbers.search(body) is not None


def _move_at_once(cursor: Any, start: int, batch: Waiting, columns: Sequence[Sequence[str]]) -> list[bytes]:
    names = ("kinds", "outcomes", "subjects", "targets")
    lists = {name: "\n".join([*column, ""]) for name, column in zip(names, columns, strict=True)}
    told = {"ids": ",".join(map(str, batch.ids)), "start": start, **lists}
    row = _binary(cursor).execute(_MOVE, told, binary=True).fetchone()
    count, hashes = row or (0, b"")
    if count != len(batch.ids):
        raise psycopg.IntegrityError("not every event of the batch became a leaf")
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def _move_one_by_one(cursor: Any, start: int, batch: Waiting) -> list[bytes]:
    cursor.execute(_TAKE, [batch.ids])
    leaves = _leaves(cursor, sorted(cursor.fetchall()))
    with cursor.copy(_COPY_LEAVES) as copy:
        copy.set_types(_LEAF_TYPES)
        for index, leaf in enumerate(leaves, start):
            c = leaf.columns
            described = (c.kind, c.outcome, c.subject, c.target)
            copy.write_row((index, leaf.event_id, leaf.recorded_at, *described, leaf.body, leaf.hash))
    return [leaf.hash for leaf in leaves]


def _leaves(cursor: Any, rows: Sequence[Any]) -> list[LeafRow]:
    cursor.execute("SELECT event_id FROM audit.leaf WHERE event_id = ANY (%s)", [[row[1] for row in rows]])
    taken: set[UUID] = {row[0] for row in cursor.fetchall()}
    leaves = []
    for _, event_id, at, body in rows:
        leaves.append(leaf_of(event_id, at, bytes(body), taken))
        taken.add(event_id)
    metrics.RAW.inc(sum(leaf.columns.kind == RAW for leaf in leaves))
    return leaves


def _binary(cursor: Any) -> psycopg.Cursor[Any]:
    """Return a cursor of the same transaction that sends and takes values as they are, not as quoted text."""
    return psycopg.Cursor(cursor.connection)
