"""What apps look at, counted: so that a person sees it, and so that no app looks all day on its own.

While the customer is there, a look costs a request one note in the cache; notes become rows in batches. A
look without the customer is counted in the database at once, exactly, four times a day (RTS, article 36(5)).
"""

import json
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from audit.actor import Actor
from bank import clock
from bank.observability.glass_box import acts
from bank.public_ids import decode
from bank.resilience.cache import ask
from oauth.errors import CustomerNotPresent
from oauth.models.accesses import UNATTENDED_A_DAY

logger = logging.getLogger("oauth.accesses")

# So long after the customer decided about a consent they count as present.
PRESENT_SECONDS = 3600
NOTES = "oauth:accesses"
BATCH = 5000

_COUNT = """
    INSERT INTO oauth_dataaccess AS kept
        (consent_id, what, about, is_attended, began_at, count, first_at, last_at)
    VALUES (%(consent)s, %(what)s, %(about)s, false, %(day)s, 1, %(now)s, %(now)s)
    ON CONFLICT (consent_id, what, about, is_attended, began_at)
    DO UPDATE SET count = kept.count + 1, last_at = excluded.last_at WHERE kept.count < %(most)s
    RETURNING count
"""
_KEEP = """
    INSERT INTO oauth_dataaccess AS kept
        (consent_id, what, about, is_attended, began_at, count, first_at, last_at)
    SELECT noted.consent, noted.what, noted.about, true, noted.hour, noted.count, noted.hour, noted.hour
      FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::int[])
           AS noted (consent, what, about, hour, count)
      JOIN oauth_consent ON oauth_consent.id = noted.consent
    ON CONFLICT (consent_id, what, about, is_attended, began_at)
    DO UPDATE SET count = kept.count + excluded.count, last_at = excluded.last_at
"""


@acts(13, "the look counted, for the customer to see")
def note_access(actor: Actor, what: str, about: str = "", *, says_present: bool) -> None:
    """Count a look of a third party at something; raises CustomerNotPresent after four a day on its own."""
    if not actor.bound_to_consent or actor.consent_id is None:
        return
    now = clock.now()
    if says_present or now.timestamp() - (actor.consented_at or 0) < PRESENT_SECONDS:
        _note(actor.consent_id, what, about, now)
    else:
        _count_unattended(actor.consent_id, what, about, now)


def keep_noted() -> int:
    """Write what was noted into rows and return how many looks it was; one process at a time.

    While the cache is away there is nothing to write: 0.
    """
    try:
        return _keep_noted()
    except RedisError as error:
        logger.warning("accesses were not written", extra={"error_type": type(error).__name__})
        return 0


def _keep_noted() -> int:
    cache = get_redis_connection("default")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [NOTES])
        noted = cache.lrange(NOTES, 0, BATCH - 1)
        if noted:
            looks = Counter(tuple(json.loads(each)) for each in noted)
            cursor.execute(_KEEP, _columns(looks))
            cache.ltrim(NOTES, len(noted), -1)
    return len(noted)


def _note(consent_id: str, what: str, about: str, now: datetime) -> None:
    """Leave a note. While the cache is away all may read; the log says that a look is missing."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        note = json.dumps([consent_id, what, about, hour.isoformat()])
        ask("RPUSH", NOTES, note)
    except RedisError as error:
        logger.warning("an access was not noted", extra={"error_type": type(error).__name__})


def _count_unattended(consent_id: str, what: str, about: str, now: datetime) -> None:
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    named: dict[str, Any] = {
        "consent": decode("con", consent_id),
        "what": what,
        "about": about,
        "day": day,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {**named, "most": UNATTENDED_A_DAY})
        if cursor.fetchone() is None:
            wait = day + timedelta(days=1) - now
            raise CustomerNotPresent(retry_after_seconds=int(wait.total_seconds()) + 1)


def _columns(looks: Counter[tuple[str, ...]]) -> list[list[object]]:
    return [
        [decode("con", consent) for consent, *_ in looks],
        [what for _, what, *_ in looks],
        [about for _, _, about, _ in looks],
        [datetime.fromisoformat(hour) for *_, hour in looks],
        list(looks.values()),
    ]
