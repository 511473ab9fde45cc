"""The Celery application: work that happens later, never work that must not be lost.

What must not be lost lies in PostgreSQL (an outbox row, a status); a task is a hint to look there.
"""

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, connections

from bank import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank.settings")

app = Celery("bank")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def refuse_to_start(**_: Any) -> None:
    """End a worker that this database must not have; celery swallows lesser exceptions.

    The scheduler has no database to ask, and no keys: it only sends hints.
    """
    from bank import checks

    try:
        checks.refuse_to_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error


@signals.worker_before_create_process.connect  # type: ignore[untyped-decorator]
def keep_what_was_read(**_: Any) -> None:
    """Before each process that works is forked: what it is born with, its collector never walks through."""
    memory.keep_what_was_read()


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
@signals.beat_init.connect  # type: ignore[untyped-decorator]
def say_ready(**_: Any) -> None:
    """Write the process id to `READY_FILE`, where one is named: what a launcher or a probe looks at."""
    if path := os.environ.get("READY_FILE"):
        Path(path).write_text(str(os.getpid()))


@signals.task_prerun.connect  # type: ignore[untyped-decorator]
def look_at_connections(task: Any, **_: Any) -> None:
    """Have each kept connection asked before its first use in a task, and made anew after ten minutes."""
    if not task.request.is_eager:
        close_old_connections()


@signals.task_failure.connect  # type: ignore[untyped-decorator]
def leave_connections(sender: Any, **_: Any) -> None:
    """Keep no connection of a task that failed: cut off by its time limit, it may have left in the middle."""
    if not sender.request.is_eager:
        connections.close_all()
