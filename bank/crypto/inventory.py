"""Every key the bank keeps: what for, since when, and how long it should do its work (NIST SP 800-57, 5.3).

A room that keeps keys registers where they can be read: `inventory.register("ID tokens", keys)` in `ready()`.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from bank.crypto import in_force
from bank.crypto.facts import KeyFact
from bank.crypto.places import rows_by_key

Source = Callable[[], Iterable[KeyFact]]
_SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Add keys to the inventory."""
    _SOURCES.append(source)


def known_keys() -> list[KeyFact]:
    """Return every key of the bank, the master keys first."""
    return [*_master_keys(), *(key for source in _SOURCES for key in source())]


def _master_keys() -> Iterable[KeyFact]:
    from django.conf import settings

    ring, rows = in_force.ring(at_once=True), rows_by_key(serving=True)
    for key in ring.keys.values():
        is_active = key.id == ring.active_id
        ends = key.since + timedelta(days=settings.MASTER_KEY_DAYS) if key.since and is_active else None
        state = "seals" if is_active else "waits" if key.waits else "opens"
        yield KeyFact(
            "personal data", key.id, "AES-256-GCM, HKDF", state, key.since, ends, rows.get(key.id, 0)
        )
