"""What can be done in a sandbox that no bank lets anybody do."""

import logging
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from audit.actor import Actor
from audit.operations import record
from bank import clock

logger = logging.getLogger("sandbox")


def move_clock(*, by: Actor, to: datetime | None = None, forward: timedelta | None = None) -> None:
    """Move the bank's clock forward and have done what falls due; raises ClockMovesForward."""
    with transaction.atomic():
        now = clock.move(by=forward, to=to)
        record("sandbox.clock_moved", by=by, target=("bank", "sandbox"), changes={"now": now.isoformat()})
        transaction.on_commit(have_done_what_is_due)


def have_done_what_is_due() -> None:
    """Hint at every task the scheduler knows; each does what is due, and beat comes by itself soon."""
    try:
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            current_app.send_task(entry["task"], retry=False, expires=60)
    except OperationalError as error:
        logger.warning("what is due waits for the scheduler", extra={"error_type": type(error).__name__})
