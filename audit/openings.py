"""Openings: what the commitments in the log commit to. Read for their person, destroyed at erasure."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection, connections

from audit.operations import OPENINGS
from bank.crypto import boxes
from bank.crypto.in_force import keys_for

_OF_SUBJECT = "SELECT event_id, box FROM audit.opening WHERE subject = %s ORDER BY event_id"


def openings_of(subject: str, *, personal_key: boxes.Keys | None) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Yield the event and the opened values and salt of each event about a login."""
    with connections["reader"].cursor() as cursor:
        cursor.execute(_OF_SUBJECT, [subject])
        for event_id, box in cursor.fetchall():
            yield from _told_apart(event_id, _opened(event_id, bytes(box), personal_key))


def destroy_openings(subject: str) -> int:
    """Destroy the openings of an erased login, and return how many; the database refuses anybody else's.

    The leaves stay as they are: every proof still verifies, and nobody can tell any more what it commits to.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.destroy_openings(%s)", [subject])
        return int(cursor.fetchone()[0])


def _told_apart(event_id: UUID, opened: dict[str, Any]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Yield each event a box opens: its own, or those of many that were recorded together (audit/many.py)."""
    if "events" not in opened:
        yield event_id, opened
    for each, opening in opened.get("events", {}).items():
        yield UUID(each), {**opening, "values": {**opened["shared"], **opening["values"]}}


def _opened(event_id: UUID, box: bytes, personal_key: boxes.Keys | None) -> dict[str, Any]:
    """Open a box with the key that sealed it: the person's own, or the bank's."""
    own = personal_key is not None and boxes.key_id_of(box) == personal_key.active()[0]
    keys = personal_key if own and personal_key else keys_for(OPENINGS.purpose)
    opened: dict[str, Any] = json.loads(boxes.unseal(box, keys=keys, place=OPENINGS.place_of(event_id)))
    return opened
