"""Sealing: waiting events become leaves under a signed head, in one transaction that any number may race for.

A crash anywhere is a rollback: the events wait on. A lost hint or broker is only latency. Rows are taken by
what is visible and removed, never by "greater than the last id", so an event committed late is not passed
over.
"""

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction

from audit import metrics, published
from audit.leaves import RAW, LeafRow, leaf_of
from audit.merkle import Frontier
from audit.notes import Head, SigningKey
from audit.tree import StoredTree

BATCH = 2000
LONGEST_RUN_SECONDS = 20.0
_LOCK = 0x48425F4155444954  # "HB_AUDIT": one sealer at a time in this database

_TAKE = """
    DELETE FROM audit.outbox WHERE id = ANY (ARRAY(SELECT id FROM audit.outbox ORDER BY id LIMIT %s))
    RETURNING id, event_id, recorded_at, body
"""
_COPY_LEAVES = """
    COPY audit.leaf (index, event_id, recorded_at, kind, outcome, subject, target, body, hash)
    FROM STDIN (FORMAT BINARY)
"""
_LEAF_TYPES = ("int8", "uuid", "timestamptz", "text", "text", "text", "text", "bytea", "bytea")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one round did: how many events, and the signed head over them (None when nothing waited)."""

    count: int
    note: str | None = None


def seal_waiting(*, batch: int = BATCH) -> int:
    """Seal what waits, batch after batch, and return how many events; raises published.LogStopped."""
    total, give_up_at = 0, time.monotonic() + LONGEST_RUN_SECONDS
    while time.monotonic() < give_up_at:
        sealed = seal_once(batch=batch)
        total += sealed.count
        if sealed.count < batch:
            break
    return total


def seal_once(*, batch: int = BATCH) -> Sealed:
    """Seal one batch and publish its head; does nothing while another sealer is at it."""
    key = signing_key()
    with transaction.atomic(using="sealer", durable=True):
        sealed = _seal_batch(batch, key) if _alone() else Sealed(0)
    if sealed.note:
        published.publish(sealed.note, key.verifier)
    metrics.SEALED.inc(sealed.count)
    return sealed


def signing_key() -> SigningKey:
    """Return the log's key; raises ImproperlyConfigured when this process was given none."""
    if not settings.AUDIT_SIGNING_KEY_FILE:
        raise ImproperlyConfigured(
            "AUDIT_SIGNING_KEY_FILE is not set: manage.py generate_audit_key makes one"
        )
    return _read_key(settings.AUDIT_SIGNING_KEY_FILE, settings.AUDIT_LOG_ORIGIN)


@functools.lru_cache(maxsize=4)
def _read_key(file: str, origin: str) -> SigningKey:
    return SigningKey.read(Path(file), name=origin)


def _alone() -> bool:
    with connections["sealer"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _seal_batch(batch: int, key: SigningKey) -> Sealed:
    with connections["sealer"].cursor() as cursor:
        waiting = _take(cursor, batch)
        if not waiting:
            return Sealed(0, _unpublished_note(key))
        frontier = last_frontier(cursor)
        if not frontier.size:
            _begin(key)
        tree = StoredTree(connections["sealer"])
        published.require_continuation(frontier.size, frontier.root(), tree, key.verifier)
        leaves = _leaves(cursor, waiting)
        _write(cursor, frontier.size, leaves, _extend(frontier, leaves))
        return Sealed(len(leaves), _sign(cursor, frontier, key))


def _begin(key: SigningKey) -> None:
    """Publish the head of no leaves, so that later a missing head means that one was lost."""
    if published.note() is None:
        published.publish(key.sign(Head(key.name, 0, Frontier().root())), key.verifier)


def last_note() -> str | None:
    """Return the last signed head, or None when there is none."""
    with connections["sealer"].cursor() as cursor:
        cursor.execute("SELECT note FROM audit.checkpoint ORDER BY size DESC LIMIT 1")
        row = cursor.fetchone()
        return row[0] if row else None


def _unpublished_note(key: SigningKey) -> str | None:
    """Return the last head if a crash came between its commit and its publication."""
    head, note = published.read(key.verifier), last_note()
    return note if head and note and note != published.note() else None


def _take(cursor: Any, batch: int) -> list[Any]:
    cursor.execute(_TAKE, [batch])
    return sorted(cursor.fetchall())


def last_frontier(cursor: Any) -> Frontier:
    """Return the frontier of the log's last head; that of an empty log at its beginning."""
    cursor.execute("SELECT size, frontier FROM audit.checkpoint ORDER BY size DESC LIMIT 1")
    row = cursor.fetchone()
    return Frontier.from_bytes(row[0], bytes(row[1])) if row else Frontier()


def _leaves(cursor: Any, waiting: Sequence[Any]) -> list[LeafRow]:
    ids = [row[1] for row in waiting]
    cursor.execute("SELECT event_id FROM audit.leaf WHERE event_id = ANY (%s)", [ids])
    taken = {row[0] for row in cursor.fetchall()}
    leaves = [leaf_of(event_id, at, bytes(body), taken) for _, event_id, at, body in waiting]
    metrics.RAW.inc(sum(leaf.columns.kind == RAW for leaf in leaves))
    return leaves


def _extend(frontier: Frontier, leaves: Sequence[LeafRow]) -> list[tuple[int, int, bytes]]:
    return [tile for leaf in leaves for tile in frontier.append(leaf.hash)]


def _write(
    cursor: Any, start: int, leaves: Sequence[LeafRow], tiles: Sequence[tuple[int, int, bytes]]
) -> None:
    with cursor.copy(_COPY_LEAVES) as copy:
        copy.set_types(_LEAF_TYPES)
        for index, leaf in enumerate(leaves, start):
            c = leaf.columns
            copy.write_row(
                (
                    index,
                    leaf.event_id,
                    leaf.recorded_at,
                    c.kind,
                    c.outcome,
                    c.subject,
                    c.target,
                    leaf.body,
                    leaf.hash,
                )
            )
    if tiles:
        cursor.executemany("INSERT INTO audit.tile (level, index, hash) VALUES (%s, %s, %s)", tiles)


def _sign(cursor: Any, frontier: Frontier, key: SigningKey) -> str:
    root = frontier.root()
    note = key.sign(Head(key.name, frontier.size, root))
    cursor.execute(
        "INSERT INTO audit.checkpoint (size, root, frontier, note) VALUES (%s, %s, %s, %s)",
        [frontier.size, root, frontier.to_bytes(), note],
    )
    return note
