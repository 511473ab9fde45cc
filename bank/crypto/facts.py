"""What may be known of a key. Needs no Django, so that the launcher may make keys."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class KeyFact:
    """What may be known of a key: never the key itself. `rows` is how many rows lie under it."""

    use: str
    id: str
    algorithm: str
    state: str
    since: date | None = None
    until: date | None = None
    rows: int | None = None

    def is_overdue(self, today: date) -> bool:
        """Return whether a key that still works should have been renewed by this day."""
        return self.until is not None and self.until <= today
