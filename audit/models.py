"""What the log shows to who may read it. Shape, rights, triggers: audit/sql/log.sql.

The outbox, tiles and openings have no model: nothing reads them but the sealer and the proofs, in SQL.
"""

from django.db import models


class Leaf(models.Model):
    """A sealed event: its place in the log, the exact bytes, their hash, and copies to search by."""

    index = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    recorded_at = models.DateTimeField()
    kind = models.TextField()
    outcome = models.TextField()
    subject = models.TextField()
    target = models.TextField()
    body = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = 'audit"."leaf'
        verbose_name_plural = "leaves"

    def __str__(self) -> str:
        return f"{self.index} {self.kind}"


class Checkpoint(models.Model):
    """A signed head of the log."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    frontier = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = 'audit"."checkpoint'

    def __str__(self) -> str:
        return f"checkpoint of {self.size}"


class WitnessedHead(models.Model):
    """A signed head with the cosignatures the policy asks for: what is published."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()
    witnessed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = 'audit"."witnessed'

    def __str__(self) -> str:
        return f"witnessed head of {self.size}"
