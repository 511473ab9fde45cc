"""Approvals: what was asked, by whom, and what became of it."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from approvals import rules
from bank.clock import BankNow
from bank.public_ids import PublicIdField


class Approval(models.Model):
    """One request of one person for one operation, decided by another. What is asked for never changes."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"
        EXPIRED = "EXPIRED"
        WITHDRAWN = "WITHDRAWN", "Withdrawn: the thing itself moved on"

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, "
        "UPDATE (status, decided_by_id, decided_at, note, version, last_event_id)",
    }

    id = PublicIdField(prefix="apr", primary_key=True)
    operation = models.CharField(max_length=40)
    target_type = models.CharField(max_length=20)
    target_id = models.CharField(max_length=64)
    payload = models.JSONField()
    before = models.JSONField()
    after = models.JSONField()
    payload_digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=140)
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    requested_by = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=BankNow())
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=140, default="")
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="who_asks_does_not_decide", condition=~Q(requested_by=F("decided_by"))
            ),
            models.CheckConstraint(
                name="decision_names_who_decided",
                condition=Q(status__in=["APPROVED", "REJECTED"], decided_by__isnull=False)
                | Q(status__in=["PENDING", "EXPIRED", "WITHDRAWN"], decided_by__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["operation", "target_id"],
                condition=Q(status="PENDING"),
                name="approval_is_asked_for_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "-id"], name="approval_by_status")]

    def present_status(self, now: datetime) -> str:
        """Return the status by the clock."""
        return rules.present_status(self.status, self.expires_at, now)
