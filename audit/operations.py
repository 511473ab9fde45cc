"""What can be done to the trail: add to it. Nothing here reads or changes it, nor may the application."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit import commitments, hints, metrics, unrecorded
from audit.actor import Actor
from audit.errors import TrailUnavailable
from audit.events import Event
from audit.kinds import kind as kind_named
from bank.crypto import boxes
from bank.crypto.in_force import keys_for
from bank.crypto.places import BoxColumn
from bank.database.statements import Write, write_together
from bank.observability.context import current
from bank.observability.glass_box import acts
from bank.public_ids import uuid7

OPENINGS = BoxColumn(
    "audit.opening.box",
    purpose="audit-opening/v1",
    table="audit.opening",
    column="box",
    key="event_id",
    read_by="reader",
    place_of="audit.opening:{}".format,
    # Rows there are never changed: one goes, and comes back with the same key.
    write="WITH gone AS (DELETE FROM audit.opening WHERE event_id = %(key)s AND box = %(old)s"
    " RETURNING event_id, subject)"
    " INSERT INTO audit.opening (event_id, subject, box) SELECT event_id, subject, %(new)s FROM gone",
)
_OPENING = "INSERT INTO audit.opening (event_id, subject, box) VALUES (%s, %s, %s)"
_OUTBOX = "INSERT INTO audit.outbox (event_id, body) VALUES (%s, %s)"


@acts(6, "event written in the transaction of the change")
def record(
    kind: str,
    *,
    by: Actor,
    target: tuple[str, str],
    target_seq: int = 1,
    previous_event: UUID | None = None,
    outcome: str = "success",
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    personal_key: boxes.Keys | None = None,
    counted: Mapping[str, str] | None = None,
    event_id: UUID | None = None,
    along: Sequence[Write] = (),
) -> UUID:
    """Add an event to the present transaction and return its id; it exists if and only if the change does.

    What changed can be written `along`, by the same statement.

    `target_seq` is the target's version after the change, `previous_event` its last event. `changes` maps
    fields to a new value or (before, after); these and `personal` reach the log as commitments only, and are
    kept to be opened under `personal_key` (a customer's data key) or else the bank's. What is `counted` can
    be told apart within a day, and not read (audit/tags.py). Raises UnknownKind, ValueError.
    """
    require_transaction()
    event = Event(
        event_id=event_id or uuid7(),
        kind=kind_named(kind),
        actor=by,
        target=target,
        context=current(),
        build=settings.BUILD,
        outcome=outcome,
        reason=reason,
        target_seq=target_seq,
        previous_event=previous_event,
        changes=changes or {},
        personal=personal or {},
        counted=counted or {},
    )
    _add(event, personal_key or keys_for(OPENINGS.purpose), along)
    current().recorded_event_id = str(event.event_id)
    transaction.on_commit(partial(_committed, event.event_id))
    return event.event_id


def record_attempt(
    kind: str, *, by: Actor, target: tuple[str, str], outcome: str = "denied", reason: str, **more: Any
) -> UUID:
    """Add an event in a transaction of its own, for what changed nothing; raises TrailUnavailable."""
    try:
        with transaction.atomic(durable=True):
            return record(kind, by=by, target=target, outcome=outcome, reason=reason, **more)
    except DatabaseError as error:
        metrics.UNRECORDED.inc()
        raise TrailUnavailable() from error


def record_reading(*, by: Actor) -> UUID:
    """Record that somebody reads the trail, before they see it; raises TrailUnavailable."""
    return record_attempt("audit.read", by=by, target=("audit", "log"), outcome="success", reason="")


def record_viewing(target: tuple[str, str], *, by: Actor) -> UUID:
    """Record that staff see somebody's record, before they do; raises TrailUnavailable."""
    return record_attempt("customer.viewed", by=by, target=target, outcome="success", reason="")


def require_transaction() -> None:
    """Raise TransactionManagementError outside a transaction: an event belongs to that of its change."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record an event in the transaction of its change")


def _sealed(event: Event, keys: boxes.Keys) -> tuple[bytes, bytes]:
    """Return what the log keeps of an event: its body, and the box that opens what the body commits to."""
    salt, values = commitments.new_salt(), event.committed_values()
    body = event.body(salt, values)
    opening = {"salt": commitments.encode(salt), "values": values}
    return body, boxes.seal(json.dumps(opening).encode(), keys=keys, place=OPENINGS.place_of(event.event_id))


def _add(event: Event, keys: boxes.Keys, along: Sequence[Write]) -> None:
    body, box = _sealed(event, keys)
    opening = Write(_OPENING, [event.event_id, event.subject, box])
    _write([*along, opening, Write(_OUTBOX, [event.event_id, body])], changes=bool(along))


def _write(writes: Sequence[Write], *, changes: bool = False) -> None:
    """Write to the outbox; what cannot be written is counted where no database is needed.

    Not so where a change is written along and breaks a rule of its own table: the trail did not fail.
    """
    try:
        write_together(writes)
    except DatabaseError as error:
        if not (changes and isinstance(error, IntegrityError)):
            unrecorded.note()
        raise


def _committed(event_id: UUID) -> None:
    current().audit_event_id = str(event_id)
    hints.ask_for_sealing()
