"""Money set aside."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from bank.clock import BankNow
from bank.public_ids import PublicIdField


class Hold(models.Model):
    """Money set aside for somebody: the pending transaction. Captured, the entry has the same id."""

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CAPTURED = "CAPTURED"
        VOIDED = "VOIDED"
        EXPIRED = "EXPIRED"

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (status, captured, ended_at, version, last_event_id)",
    }

    id = PublicIdField(prefix="txn", primary_key=True)
    # As with an entry, the foreign key in the database is on (account, currency).
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="holds", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    creditor_account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="holds_for"
    )
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    captured = models.BigIntegerField(null=True)  # minor units: all of it or less
    reference = models.CharField(max_length=140, default="")
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    placed_at = models.DateTimeField(db_default=BankNow())
    expires_at = models.DateTimeField(null=True)  # none: until what it is for is decided
    ended_at = models.DateTimeField(null=True)
    user = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, db_index=False)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="hold_amount_is_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="hold_captures_its_amount_at_most",
                condition=Q(status="CAPTURED", captured__gt=0, captured__lte=F("amount"))
                | (~Q(status="CAPTURED") & Q(captured__isnull=True)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"], name="hold_by_account"),
            models.Index(fields=["expires_at"], condition=Q(status="OPEN"), name="hold_by_expiry"),
        ]

    def present_status(self, now: datetime) -> str:
        """Return the status by the clock: a hold ends though no job ran."""
        is_over = self.expires_at is not None and self.expires_at <= now
        return "EXPIRED" if self.status == "OPEN" and is_over else self.status
