"""One step in the life of an alert, incident, rule or review: the row and its event, together."""

from collections.abc import Mapping
from typing import Any

from audit.actor import Actor, system
from audit.operations import record
from bank.public_ids import uuid7

BY = system("watch")


def step(
    row: Any, kind: str, *, by: Actor, target: tuple[str, str], changed: Mapping[str, Any], reason: str = ""
) -> None:
    """Save what changed of a row and record it as the next step of its life."""
    previous = row.last_event_id
    row.version, row.last_event_id = row.version + 1, uuid7()
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=[*changed, "version", "last_event_id"])
    record(
        kind,
        by=by,
        target=target,
        target_seq=row.version,
        previous_event=previous,
        event_id=row.last_event_id,
        reason=reason,
        changes={name: str(getattr(row, name)) for name in changed},
    )
