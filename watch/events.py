"""An event as rules see it: what a leaf says, taken apart once. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson


@dataclass(frozen=True, slots=True)
class Event:
    """One sealed event. Every name in it is a pseudonym; `tags` can be compared within a day."""

    index: int
    event_id: UUID
    at: datetime
    kind: str
    outcome: str = ""
    reason: str = ""
    subject: str = ""
    target: str = ""
    actor: str = ""
    token: str = ""
    node: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """The caller's name in the trail, or else the tag of where they came from."""
        address = self.tags.get("address", "")
        return self.actor or (f"address:{address}" if address else "")

    @property
    def clock_ahead_seconds(self) -> float:
        """How far the clock that made the event's id was ahead of the database's (UUIDv7, RFC 9562)."""
        return (self.event_id.int >> 80) / 1000 - self.at.timestamp()


def read(row: Any) -> Event:
    """Return the event of a row of the log (audit.history.Row); one sealed raw has its kind alone."""
    said = orjson.loads(row.body).get("event", {})
    return Event(
        index=row.index,
        event_id=row.event_id,
        at=row.recorded_at,
        kind=row.kind,
        outcome=row.outcome,
        reason=said.get("reason", ""),
        subject=row.subject,
        target=row.target,
        actor=said.get("actor", {}).get("id", ""),
        token=said.get("client", {}).get("token", ""),
        node=said.get("where", {}).get("node", ""),
        tags=said.get("tags", {}),
    )
