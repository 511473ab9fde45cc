"""The log for who follows it leaf by leaf.

Leaves have numbers without gaps, given by one sealer at a time: who has read up to a number has missed
nothing, however late a transaction committed whose event comes after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections
from django.dispatch import Signal

sealed = Signal()  # sent after the commit; who listens looks for itself

_NEXT = """
    SELECT index, event_id, recorded_at, kind, target FROM audit.leaf
     WHERE index >= %s ORDER BY index LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """One leaf, read."""

    index: int
    event_id: UUID
    recorded_at: datetime
    kind: str
    target: str

    @property
    def target_id(self) -> str:
        """The id of what the event is about, without its type."""
        return self.target.partition(":")[2]


def next_sealed(index: int, *, limit: int) -> Sequence[SealedEvent]:
    """Return up to `limit` leaves from this index, in the order of the log; for the sealer's own process."""
    with connections["sealer"].cursor() as cursor:
        cursor.execute(_NEXT, [index, limit])
        return [SealedEvent(*row) for row in cursor.fetchall()]
