"""What was answered for which key."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now


class IdempotencyRecord(models.Model):
    """One answer, written in the transaction of its effect; sealed, because answers name people."""

    pk = models.CompositePrimaryKey("caller", "method", "path", "key")
    caller = models.CharField(max_length=200)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=255)
    key = models.CharField(max_length=64)
    fingerprint = models.BinaryField()
    status = models.PositiveSmallIntegerField()
    answer = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    database_rights: ClassVar[dict[str, str]] = {"bank_app": "SELECT, INSERT, DELETE"}

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="idempotency_never_stores_a_failure_of_the_bank",
                condition=models.Q(status__gte=200, status__lt=500),
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"
