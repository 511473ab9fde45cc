"""Batches: many payments from one account, announced first and then sent as one file."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bank.clock import BankNow
from bank.public_ids import PublicIdField


class PaymentBatch(models.Model):
    """A file of payments: announced by its count, sum and digest, and carried out once when it arrives."""

    class Mode(models.TextChoices):
        ATOMIC = "atomic"  # all or none
        PER_ITEM = "per_item"  # each for itself, in the order of the file

    class Status(models.TextChoices):
        """ISO 20022 external payment group status codes."""

        RECEIVED = "RCVD"  # announced; its file is awaited
        COMPLETED = "ACCC"  # all are paid
        IN_PROCESS = "ACSP"  # all are taken; those to other banks are on their way
        PARTLY = "PART"  # some are taken
        REJECTED = "RJCT"  # none is

    # What was announced never changes.
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (status, executed_at, version, last_event_id)",
    }

    id = PublicIdField(prefix="bat", primary_key=True)
    mode = models.CharField(max_length=8, choices=Mode)
    status = models.CharField(max_length=4, choices=Status, default=Status.RECEIVED)
    debtor_account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="batches")
    number_of_transactions = models.PositiveIntegerField()
    control_sum = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    sha256 = models.CharField(max_length=64)  # of the file's bytes, in lower-case hexadecimal
    user = models.ForeignKey("oauth.User", on_delete=models.PROTECT, db_index=False)
    announced_at = models.DateTimeField(db_default=BankNow())
    executed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        verbose_name_plural = "payment batches"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="batch_announces_something",
                condition=Q(number_of_transactions__gt=0, control_sum__gt=0, sha256__regex="^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="batch_awaits_its_file_or_was_executed",
                condition=Q(status="RCVD", executed_at__isnull=True)
                | (~Q(status="RCVD") & Q(executed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="atomic_batch_is_all_or_none", condition=~Q(mode="atomic", status__in=["PART", "ACSP"])
            ),
        ]
