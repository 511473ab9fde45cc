"""From a waiting event to a leaf: the database's time around the event's exact bytes.

`{"at":"…","event":{…}}` is canonical when the event is ("at" sorts before "event"), so nothing is parsed and
written again. What is not a canonical event, or claims an id that is taken, is sealed as raw bytes: it stays
as evidence and never blocks the queue.
"""

import base64
import datetime
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit import canonical
from audit.merkle import leaf_hash
from bank.public_ids import uuid7

RAW = "raw"
LONGEST_COLUMN = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """What a leaf can be searched by; copies of what its bytes say."""

    kind: str
    outcome: str
    subject: str
    target: str


RAW_COLUMNS = Columns(RAW, "unknown", "", "")


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One sealed event as it is stored."""

    event_id: UUID
    recorded_at: datetime.datetime
    columns: Columns
    body: bytes
    hash: bytes


def leaf_of(event_id: UUID, recorded_at: datetime.datetime, body: bytes, taken: Collection[UUID]) -> LeafRow:
    """Return the leaf of a waiting event; `taken` are the event ids the log has already. Never raises."""
    at = time_text(recorded_at).encode()
    columns = None if event_id in taken else columns_of(body, event_id)
    if columns is None:
        event_id = uuid7() if event_id in taken else event_id
        columns = RAW_COLUMNS
        sealed = _raw(at, event_id, body)
    else:
        sealed = b'{"at":"' + at + b'","event":' + body + b"}"
    return LeafRow(event_id, recorded_at, columns, sealed, leaf_hash(sealed))


def columns_of(body: bytes, event_id: UUID) -> Columns | None:
    """Return an event's columns, or None when the bytes are not a canonical event of this id."""
    try:
        event = canonical.loads(body)
        if event["event_id"] != str(event_id):
            return None
        columns = describe(event)
    except (canonical.NotCanonical, KeyError, TypeError, AttributeError, RecursionError):
        return None
    values = (columns.kind, columns.outcome, columns.subject, columns.target)
    return columns if all(_fits(value) for value in values) else None


def describe(event: dict[str, Any]) -> Columns:
    """Return what an event can be searched by: its kind, outcome, the login it is about, and its target."""
    actor, target = event["actor"], event["target"]
    person = actor.get("id", "") if actor["type"] in {"customer", "staff"} else ""
    subject = event.get("on_behalf_of", {}).get("user") or person
    return Columns(event["kind"], event["outcome"], subject, f"{target['type']}:{target['id']}")


def sealed_columns(body: bytes) -> tuple[str, str, Columns]:
    """Return what a sealed leaf's bytes say: id, time, columns; raises KeyError, TypeError, ValueError."""
    leaf = json.loads(body)
    event = leaf.get("event")
    if event is None:
        return leaf["event_id"], leaf["at"], RAW_COLUMNS
    return event["event_id"], leaf["at"], describe(event)


def time_text(moment: datetime.datetime) -> str:
    """Return a moment as RFC 3339 in UTC with microseconds."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _raw(at: bytes, event_id: UUID, body: bytes) -> bytes:
    content = {"at": at.decode(), "event_id": str(event_id), "raw": base64.b64encode(body).decode()}
    return canonical.dumps(content)


def _fits(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_COLUMN and "\x00" not in value
