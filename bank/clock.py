"""The bank's clock: what business asks for the time, so that one hand can move all of it.

Tokens, proofs and logs keep the real time: they are compared with the clocks of others. In the sandbox the
bank's clock may be ahead of it: by how much is one row (`bank_clock`), which SQL reads as `bank_now()`.
Python reads it with the access token, or else a copy in the cache, once for a request: asking for the time
costs no query. See docs/decisions/0021-a-clock-that-moves.md.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, Func
from django.utils import timezone
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from bank.errors import Conflict
from bank.observability.context import current

_COPY = "bank:clock"  # a sorted set of one, written only upwards (GT): a late writer turns nothing back
_AHEAD = "ahead"
_COPIED_SECONDS = 60  # so long a copy outlives a database restored from an older day
LONGEST_AHEAD = timedelta(days=20 * 366)
_TICK = timedelta(microseconds=1)

_MOVE = """
    UPDATE bank_clock SET ahead = coalesce(ahead + %(by)s, %(to)s - clock_timestamp())
     WHERE coalesce(ahead + %(by)s, %(to)s - clock_timestamp()) BETWEEN ahead AND %(most)s
 RETURNING ahead
"""


class ClockMovesForward(Conflict):
    """The clock only moves forward, and twenty years at most."""


class BankNow(Func):
    """The bank's time as the database tells it: what a row is dated by when nobody says otherwise."""

    template = "public.bank_now()"
    arity = 0
    output_field = DateTimeField()


def now() -> datetime:
    """Return the moment it is for the bank, in UTC."""
    return timezone.now().astimezone(UTC) + ahead()


def today() -> date:
    """Return the date it is for the bank, in UTC."""
    return now().date()


def begins(day: date) -> datetime:
    """Return the moment a day begins, in UTC."""
    return datetime.combine(day, time.min, UTC)


def ends(day: date) -> datetime:
    """Return when a day is over, in UTC: when the next begins; for the calendar's last, its last moment."""
    return begins(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=UTC)


def ahead() -> timedelta:
    """Return how far the bank's clock is ahead of the real one: nothing, but in the sandbox.

    One answer for the whole of a request. While the cache is away the database is asked; while that is away
    nothing is answered: no clock ever falls back to the real time on its own.
    """
    if not settings.SANDBOX:
        return timedelta()
    context = current()
    if context.clock_ahead is None:
        context.clock_ahead = _copied()
    return context.clock_ahead


def heard(ahead: timedelta) -> None:
    """Let the request under way go by this answer of the database, which came along with another."""
    context = current()
    if context.clock_ahead is None:
        context.clock_ahead = ahead


def move(*, by: timedelta | None = None, to: datetime | None = None) -> datetime:
    """Move the clock by so much or to this moment, in the caller's transaction; return what it says then.

    Raises ClockMovesForward. A production database refuses, whoever asks (bank/database/sql/clock.sql).
    """
    asked: dict[str, Any] = {"by": by, "to": to, "most": LONGEST_AHEAD}
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, asked)
        moved: tuple[timedelta] | None = cursor.fetchone()
    if moved is None:
        raise ClockMovesForward()
    current().clock_ahead = reached = moved[0]
    transaction.on_commit(lambda: copy(reached))
    return timezone.now().astimezone(UTC) + reached


def copy(ahead: timedelta) -> None:
    """Write into the cache how far the clock is ahead; while the cache is away, all ask the database."""
    try:
        with get_redis_connection("default").pipeline() as pipe:
            pipe.zadd(_COPY, {_AHEAD: ahead // _TICK}, gt=True).expire(_COPY, _COPIED_SECONDS).execute()
    except RedisError:
        return


def _copied() -> timedelta:
    try:
        ticks = get_redis_connection("default").zscore(_COPY, _AHEAD)
    except RedisError:
        return kept()
    if ticks is None:
        copy(found := kept())
        return found
    return int(ticks) * _TICK


def kept() -> timedelta:
    """Return how far the clock is ahead by the database itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bank_ahead()")
        found: timedelta = cursor.fetchone()[0]
    return found
