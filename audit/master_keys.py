"""The life of the master keys: a new one is made, seals, and takes over what lies under the old ones.

    begin()      a new key stands behind the others: every process can open with it, none seals with it
    activate()   it stands first and seals; the day is written beside it
    reseal()     everything under older keys moves, batch by batch, while the bank goes on
    retire()     a key nothing lies under any more leaves the ring; what copies of the database hold is then
                 closed for good, so keep it elsewhere as long as backups are kept

Each step is recorded in the audit log. Where it stands is read from the ring and the rows: a run that was
interrupted goes on, and one that ended does nothing again.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from celery import shared_task
from django.db import connection, transaction

from audit.actor import Actor, system
from audit.operations import record
from bank import clock
from bank.crypto import in_force
from bank.crypto.inventory import known_keys
from bank.crypto.key_ring import KeyRing, MasterKey
from bank.crypto.places import Place, places, rows_by_key

TARGET = "master_key"
BY = system("watch_keys")
_TRIES, _TRY_AGAIN_SECONDS = 50, 0.2
_LOCK = 0x6D6B  # pg_advisory_lock: one rotation at a time, whichever machine it runs on


class RotationRefused(Exception):
    """The step cannot be taken now."""


@contextmanager
def alone() -> Iterator[None]:
    """Hold the right to change the master keys; raises RotationRefused while somebody else does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise RotationRefused("another rotation is running")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def begin(*, by: Actor) -> str:
    """Put a new key behind the others and return its id; raises RotationRefused, KeysNotWritable."""
    ring = in_force.ring(at_once=True)
    if waiting := waiting_key(ring):
        raise RotationRefused(f"{waiting} waits to be activated already")
    key = MasterKey.new(_next_id(ring))
    _change(KeyRing((*ring.keys.values(), key)), "keys.added", key.id, by)
    return key.id


def activate(key_id: str, *, today: date, by: Actor) -> None:
    """Let a key seal from today; every process must have seen it (in_force.LOOK_AGAIN_SECONDS).

    Raises RotationRefused for a key that is not there, KeysNotWritable.
    """
    keys = dict(in_force.ring(at_once=True).keys)
    if key_id not in keys:
        raise RotationRefused(f"{key_id} is not on the ring")
    key = MasterKey(key_id, keys.pop(key_id).secret, today)
    _change(KeyRing((key, *keys.values())), "keys.activated", key_id, by)


def reseal(*, batch: int, tell: Callable[[str, int], None], by: Actor) -> int:
    """Move everything under older keys to the active one; `tell` hears place and rows moved so far.

    Returns how many rows it were. Rows held by others are tried again for ten seconds; what is left then is
    moved by the next run. Raises CannotOpen for a row that no key opens.
    """
    moved = sum(_move(place, batch, tell) for place in places())
    if moved:
        with transaction.atomic():
            target = (TARGET, in_force.ring().active_id)
            record("keys.resealed", by=by, target=target, changes={"rows": moved})
    return moved


def retire(*, by: Actor) -> list[str]:
    """Take the keys nothing lies under off the ring and return their ids; raises KeysNotWritable."""
    ring, used = in_force.ring(at_once=True), rows_by_key()
    kept = {ring.active_id, waiting_key(ring)}
    gone = [key_id for key_id in ring.keys if key_id not in kept and not used.get(key_id)]
    for key_id in gone:
        others = (key for key in in_force.ring(at_once=True).keys.values() if key.id != key_id)
        _change(KeyRing(tuple(others)), "keys.retired", key_id, by)
    return gone


@shared_task(name="audit.watch_keys")  # type: ignore[untyped-decorator]
def record_overdue() -> list[str]:
    """Record each key whose time is up (KeyFact.until) and return their ids; for once a day."""
    late = [key for key in known_keys() if key.is_overdue(clock.today())]
    with transaction.atomic():
        for key in late:
            record(
                "keys.overdue", by=BY, target=("key", key.id), outcome="error", reason="crypto_period_over"
            )
    return [key.id for key in late]


def days_left() -> float:
    """Return how many days are left until the first key should be renewed; less than none when it is late."""
    ends = [key.until for key in known_keys() if key.until]
    return float(min(((end - clock.today()).days for end in ends), default=0))


def waiting_key(ring: KeyRing) -> str | None:
    """Return the id of a key that was added and did not seal yet."""
    return next((key.id for key in ring.keys.values() if key.waits), None)


def has_stale() -> bool:
    """Return whether something that can be moved lies under an older key."""
    return any(_stale(place) for place in places())


def _stale(place: Place) -> bool:
    active = in_force.ring(at_once=True).active_id
    return not place.expires and bool(set(place.counts()) - {active})


def _move(place: Place, batch: int, tell: Callable[[str, int], None]) -> int:
    moved = tries = 0
    while tries < _TRIES and _stale(place):
        step = place.reseal(at_most=batch)
        moved, tries = moved + step, 0 if step else tries + 1
        if step:
            tell(place.name, moved)
        else:
            time.sleep(_TRY_AGAIN_SECONDS)
    return moved


def _change(ring: KeyRing, kind: str, key_id: str, by: Actor) -> None:
    """Write the ring and its event: the event first, so that no change goes unrecorded."""
    with transaction.atomic():
        record(kind, by=by, target=(TARGET, key_id), changes={"ring": " ".join(ring.keys)})
        in_force.provider().write(ring)


def _next_id(ring: KeyRing) -> str:
    numbers = [int(found[1]) for key_id in ring.keys if (found := re.fullmatch(r"k(\d{1,9})", key_id))]
    return f"k{max(numbers, default=len(ring.keys)) + 1}"
