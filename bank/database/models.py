"""The mark of a database, and its clock.

(`post_migrate`, which grants the rights, reaches only apps with models.)
"""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q


class Mark(models.Model):
    """An environment this database was migrated under."""

    environment = models.CharField(max_length=16, primary_key=True)

    database_rights: ClassVar[dict[str, str]] = {"bank_app": "SELECT"}

    class Meta:
        db_table = "bank_database_mark"

    def __str__(self) -> str:
        return self.environment


class Clock(models.Model):
    """How far the bank's clock is ahead of the real one: one row (bank/clock.py)."""

    id = models.SmallIntegerField(primary_key=True)
    ahead = models.DurationField()

    database_rights: ClassVar[dict[str, str]] = {"bank_app": "SELECT, UPDATE"}

    class Meta:
        db_table = "bank_clock"
        constraints: ClassVar = [
            models.CheckConstraint(name="there_is_one_clock", condition=Q(id=1)),
            models.CheckConstraint(name="clock_is_never_behind", condition=Q(ahead__gte=timedelta())),
        ]

    def __str__(self) -> str:
        return f"{self.ahead} ahead"
