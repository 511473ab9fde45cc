"""Sealing: waiting events become leaves under a signed head, in one transaction that any number may race for.

A crash anywhere is a rollback: the events wait on. A lost hint or broker is only latency. Rows are taken by
what is visible, and those very rows removed, never by "greater than the last id": an event committed late is
not passed over.
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

from audit import batches, metrics, published, trust
from audit.keys import next_path
from audit.merkle import Frontier
from audit.notes import Head, SigningKey, VerifierKey, sign_note
from audit.tree import StoredTree

BATCH = 10_000  # of a backlog: commit, signature and publication cost the same for one event or many
LONGEST_RUN_SECONDS = 20.0
KEY_ADDED = "audit.key_added"
_LOCK = 0x48425F4155444954  # "HB_AUDIT": one sealer at a time in this database
_ANNOUNCED = "SELECT 1 FROM audit.leaf WHERE target = %s AND kind = %s AND outcome = 'success' LIMIT 1"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one round did: how many events, the signed head over them, and whether more were waiting."""

    count: int
    note: str | None = None
    more: bool = False


def seal_waiting(*, batch: int = BATCH) -> int:
    """Seal what waits, batch after batch, and return how many events; raises published.LogStopped."""
    total, give_up_at = 0, time.monotonic() + LONGEST_RUN_SECONDS
    while time.monotonic() < give_up_at:
        sealed = seal_once(batch=batch)
        total += sealed.count
        if not sealed.more:
            break
    return total


def seal_once(*, batch: int = BATCH) -> Sealed:
    """Seal one batch and keep its head outside the database; does nothing while another sealer is at it."""
    keys, policy = signing_keys(), trust.policy()
    with transaction.atomic(using="sealer", durable=True):
        sealed = _seal_batch(batch, keys, policy) if _alone() else Sealed(0)
    if sealed.note:
        published.publish(sealed.note, policy)
    metrics.SEALED.inc(sealed.count)
    return sealed


def signing_key() -> SigningKey:
    """Return the log's key; raises ImproperlyConfigured when this process was given none."""
    return signing_keys()[0]


def signing_keys() -> list[SigningKey]:
    """Return the log's key and, while it is being replaced, its successor; raises ImproperlyConfigured."""
    if not settings.AUDIT_SIGNING_KEY_FILE:
        raise ImproperlyConfigured(
            "AUDIT_SIGNING_KEY_FILE is not set: manage.py generate_audit_key makes one"
        )
    present = Path(settings.AUDIT_SIGNING_KEY_FILE)
    files = [file for file in (present, next_path(present)) if file is present or file.exists()]
    return [_read_key(file, file.stat().st_mtime_ns, settings.AUDIT_LOG_ORIGIN) for file in files]


@functools.lru_cache(maxsize=4)
def _read_key(file: Path, _changed: int, origin: str) -> SigningKey:
    return SigningKey.read(file, name=origin)


def _alone() -> bool:
    with connections["sealer"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _seal_batch(batch: int, keys: Sequence[SigningKey], policy: trust.Policy) -> Sealed:
    with connections["sealer"].cursor() as cursor:
        if not batches.any_waits(cursor):
            return Sealed(0, _unpublished_note(policy))
        frontier = last_frontier(cursor)
        if not frontier.size:
            _begin(keys[0], policy)
        tree = StoredTree(connections["sealer"])
        published.require_continuation(frontier.size, frontier.root(), tree, policy)
        hashes = batches.move(cursor, frontier.size, batch)
        _keep_tiles(cursor, frontier.extend(hashes))
        note = _sign(cursor, frontier, _signers(cursor, keys), policy)
        return Sealed(len(hashes), note, more=len(hashes) == batch)


def _begin(key: SigningKey, policy: trust.Policy) -> None:
    """Publish the head of no leaves, so that later a missing head means that one was lost."""
    if published.note() is None:
        published.publish(key.sign(Head(key.name, 0, Frontier().root())), policy)


def last_note() -> str | None:
    """Return the last signed head, or None when there is none."""
    with connections["sealer"].cursor() as cursor:
        cursor.execute("SELECT note FROM audit.checkpoint ORDER BY size DESC LIMIT 1")
        row = cursor.fetchone()
        return row[0] if row else None


def last_published_note() -> str | None:
    """Return the newest head with its cosignatures, or None when nothing was published."""
    with connections["sealer"].cursor() as cursor:
        cursor.execute("SELECT note FROM audit.witnessed ORDER BY size DESC LIMIT 1")
        row = cursor.fetchone()
        return row[0] if row else None


def _unpublished_note(policy: trust.Policy) -> str | None:
    """Return the last head if a crash came between its commit and its publication."""
    head, note = published.read(policy), last_note()
    return note if head and note and note != published.note() else None


def last_frontier(cursor: Any) -> Frontier:
    """Return the frontier of the log's last head; that of an empty log at its beginning."""
    cursor.execute("SELECT size, frontier FROM audit.checkpoint ORDER BY size DESC LIMIT 1")
    row = cursor.fetchone()
    return Frontier.from_bytes(row[0], bytes(row[1])) if row else Frontier()


def _keep_tiles(cursor: Any, tiles: Sequence[tuple[int, int, bytes]]) -> None:
    if tiles:
        cursor.executemany("INSERT INTO audit.tile (level, index, hash) VALUES (%s, %s, %s)", tiles)


def _signers(cursor: Any, keys: Sequence[SigningKey]) -> list[SigningKey]:
    """Return who signs: the key, and its successor once the log itself has named it."""
    return [key for key in keys if key is keys[0] or _is_announced(cursor, key.verifier)]


def _is_announced(cursor: Any, key: VerifierKey) -> bool:
    cursor.execute(_ANNOUNCED, [f"log_key:{key}", KEY_ADDED])
    return cursor.fetchone() is not None


def _sign(cursor: Any, frontier: Frontier, keys: Sequence[SigningKey], policy: trust.Policy) -> str:
    root = frontier.root()
    note = sign_note(Head(keys[0].name, frontier.size, root), keys)
    cursor.execute(
        "INSERT INTO audit.checkpoint (size, root, frontier, note) VALUES (%s, %s, %s, %s)",
        [frontier.size, root, frontier.to_bytes(), note],
    )
    if policy.is_witnessed(note):  # the policy asks for no witness: what is signed is published
        cursor.execute("INSERT INTO audit.witnessed (size, note) VALUES (%s, %s)", [frontier.size, note])
    return note
