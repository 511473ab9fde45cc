"""From a waiting event to a leaf: the database's time around the event's exact bytes.

`{"at":"…","event":{…}}` is canonical when the event is ("at" sorts before "event"), so nothing is parsed and
written again. What is not a canonical event, or claims an id that is taken, is sealed as raw bytes: it stays
as evidence and never blocks the queue.
"""

import base64
import datetime
import functools
import json
from collections.abc import Collection
from typing import Any, NamedTuple

from audit import canonical
from audit.merkle import leaf_hash
from bank.public_ids import uuid7

RAW = "raw"
_LONGEST_COLUMN = 200
_EPOCH = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - UTC, as PostgreSQL counts
_MICROSECONDS = 1_000_000


class Columns(NamedTuple):
    """What a leaf can be searched by; copies of what its bytes say."""

    kind: str
    outcome: str
    subject: str
    target: str


RAW_COLUMNS = Columns(RAW, "unknown", "", "")


# One sealed event as it is stored: its id, when it was recorded, its columns, its bytes and their hash.
LeafRow = tuple[str, int, Columns, bytes, bytes]


def leaf_of(event_id: str, recorded_at: int, body: bytes, taken: Collection[str]) -> LeafRow:
    """Return the leaf of an event recorded in microseconds since 2000 (UTC), as PostgreSQL counts.

    `taken` are the event ids the log has already. Never raises.
    """
    at = _time_of(recorded_at).encode()
    columns = None if event_id in taken else columns_of(body, event_id)
    if columns is None:
        event_id = str(uuid7()) if event_id in taken else event_id
        columns = RAW_COLUMNS
        sealed = _raw(at, event_id, body)
    else:
        sealed = b'{"at":"%b","event":%b}' % (at, body)
    return event_id, recorded_at, columns, sealed, leaf_hash(sealed)


def columns_of(body: bytes, event_id: str) -> Columns | None:
    """Return an event's columns, or None when the bytes are not a canonical event of this id."""
    try:
        event = canonical.loads(body)
        if event["event_id"] != event_id:
            return None
        columns = describe(event)
        return columns if _fit(columns) else None
    except (canonical.NotCanonical, KeyError, TypeError, AttributeError, RecursionError):
        return None


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


def _time_of(microseconds: int) -> str:
    """Return a moment PostgreSQL counted as `time_text` writes it."""
    second, rest = divmod(microseconds, _MICROSECONDS)
    return f"{_second_of(second)}.{rest:06d}Z"


@functools.lru_cache(maxsize=16)  # events that wait together were recorded in the same few seconds
def _second_of(seconds: int) -> str:
    return (_EPOCH + datetime.timedelta(seconds=seconds)).isoformat()


def _raw(at: bytes, event_id: str, body: bytes) -> bytes:
    content = {"at": at.decode(), "event_id": event_id, "raw": base64.b64encode(body).decode()}
    return canonical.dumps(content)


def _fit(columns: Columns) -> bool:
    """Return whether PostgreSQL can hold these and index them; raises TypeError when one is no text."""
    together = "".join(columns)
    return "\x00" not in together and (
        len(together) <= _LONGEST_COLUMN or max(map(len, columns)) <= _LONGEST_COLUMN
    )
