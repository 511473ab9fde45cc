"""Many pieces of work one after the other, each on its own: one that fails holds up none behind it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from bank.observability.metrics import WORK_FAILURES

logger = logging.getLogger("bank.resilience")


@contextmanager
def alone(part: str, **ids: str) -> Iterator[None]:
    """Log and count what goes wrong with one piece of the work, and go on: the next sweep tries it again.

    `ids` name the piece in the log. Raises what is wrong with all of them: a task's time is over, or there is
    no database.
    """
    try:
        yield
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        connection.ensure_connection()
        told = {"part": part, "error_type": type(error).__name__, **ids}
        logger.exception("one piece of work failed", extra=told)
        WORK_FAILURES.labels(part).inc()
