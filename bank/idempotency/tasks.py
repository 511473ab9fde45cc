"""Forgets answers nobody will ask for again."""

from celery import shared_task
from django.conf import settings
from django.db import connection

BATCH = 10_000


@shared_task(name="bank.idempotency.forget_old_answers")  # type: ignore[untyped-decorator]
def forget_old_answers() -> int:
    """Delete answers older than IDEMPOTENCY_KEPT_HOURS, at most one batch; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM bank_idempotency_idempotencyrecord WHERE ctid IN ("
            " SELECT ctid FROM bank_idempotency_idempotencyrecord"
            " WHERE created_at < now() - make_interval(hours => %s) LIMIT %s)",
            (settings.IDEMPOTENCY_KEPT_HOURS, BATCH),
        )
        return int(cursor.rowcount)
