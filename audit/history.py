"""What the log says, for those who watch over it: in its own order, by range, by head."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections

from audit import published, trust
from audit.models import Checkpoint, Leaf, WitnessedHead
from audit.notes import Note
from audit.published import LogStopped


@dataclass(frozen=True, slots=True)
class Row:
    """A sealed event: its place, and its exact bytes."""

    index: int
    event_id: UUID
    recorded_at: datetime
    kind: str
    outcome: str
    subject: str
    target: str
    body: bytes | memoryview


class Head(NamedTuple):
    """A signed head: how many events, and the root over them in hex."""

    size: int
    root: str


_ROW = ("index", "event_id", "recorded_at", "kind", "outcome", "subject", "target", "body")


def leaves_from(index: int, most: int) -> list[Row]:
    """Return up to `most` sealed events from this index on, in the order of the log."""
    found: Any = Leaf.objects.using("reader").filter(index__gte=index).order_by("index")
    return [Row(*row) for row in found.values_list(*_ROW)[:most]]


def leaves_of(event_ids: Collection[UUID]) -> Sequence[Leaf]:
    """Return the sealed events of these ids, in the order of the log."""
    return list(Leaf.objects.using("reader").filter(event_id__in=list(event_ids)).order_by("index"))


def leaves_about(target: str) -> Sequence[Leaf]:
    """Return the sealed events of a thing's life, such as `incident:inc_…`."""
    return list(Leaf.objects.using("reader").filter(target=target).order_by("index"))


def leaves_by(subject: str, since: datetime, until: datetime) -> Sequence[Leaf]:
    """Return what one login did between two moments, in the order of the log."""
    found = Leaf.objects.using("reader").filter(subject=subject, recorded_at__range=(since, until))
    return list(found.order_by("index"))


def deeds_of(subject: str, since: datetime) -> dict[str, int]:
    """Return how often a person did what since then, by kind of event."""
    return dict(
        _rows(
            "SELECT kind, count(*) FROM audit.leaf WHERE subject = %s AND recorded_at > %s"
            " GROUP BY 1 ORDER BY 1",
            [subject, since],
        )
    )


def deeds_between(start: int, end: int) -> list[tuple[str, str, int]]:
    """Return kind, outcome and number of the events from index `start` to before `end`."""
    return _rows(
        "SELECT kind, outcome, count(*) FROM audit.leaf WHERE index >= %s AND index < %s"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        [start, end],
    )


def head_before(moment: datetime) -> Head | None:
    """Return the last head that was signed before a moment."""
    found = Checkpoint.objects.using("reader").filter(sealed_at__lt=moment).order_by("-size").first()
    return Head(found.size, bytes(found.root).hex()) if found else None


def first_sealed_at() -> datetime | None:
    """Return when the log's first head was signed."""
    found = Checkpoint.objects.using("reader").order_by("size").first()
    return found.sealed_at if found else None


def waiting() -> int:
    """Return how many events wait to be sealed."""
    return int(_rows("SELECT count(*) FROM audit.outbox", [])[0][0])


def size() -> int:
    """Return how many events are sealed."""
    return int(_rows("SELECT coalesce(max(index) + 1, 0) FROM audit.leaf", [])[0][0])


def stopped_because() -> str:
    """Return why the log is stopped; empty while it is not."""
    try:
        published.require_not_stopped()
    except LogStopped as stop:
        return str(stop)
    return ""


def witness_skews() -> dict[str, float]:
    """Return by how many seconds each witness's clock is ahead of the database's (negative: behind).

    A cosignature says when it was made (C2SP tlog-cosignature); the database noted when it had it.
    """
    newest = WitnessedHead.objects.using("reader").order_by("-size").first()
    if newest is None:
        return {}
    had_at = newest.witnessed_at.timestamp()
    signatures = Note.parse(newest.note).signatures
    keys = {witness.key.id: witness.name for witness in trust.policy().witnesses.values()}
    return {
        keys[key_id]: int.from_bytes(signature[:8]) - had_at
        for _, key_id, signature in signatures
        if key_id in keys
    }


def database_time() -> float:
    """Return the database's clock, in seconds since 1970."""
    return float(_rows("SELECT extract(epoch FROM clock_timestamp())", [])[0][0])


def _rows(query: str, values: list[Any]) -> list[Any]:
    with connections["reader"].cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
