"""Emergency access: a role for a few hours, agreed by two people, over by the clock alone."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 240


class BreakGlass(models.Model):
    """One emergency access. The database sets when it ends; nothing has to run for it to end."""

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (ended_at, reviewed_by_id, reviewed_at, verdict, version, "
        "last_event_id)"
    }

    id = PublicIdField(prefix="brk", primary_key=True)
    user = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    minutes = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=140)
    approved_by = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=140, default="")
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = "emergency access"
        verbose_name_plural = "emergency accesses"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="who_has_emergency_access_did_not_approve_it", condition=~Q(user=F("approved_by"))
            ),
            models.CheckConstraint(
                name="emergency_access_is_reviewed_by_a_third",
                condition=Q(reviewed_by__isnull=True)
                | (~Q(reviewed_by=F("user")) & ~Q(reviewed_by=F("approved_by")) & ~Q(verdict="")),
            ),
            models.CheckConstraint(
                name="emergency_access_is_short",
                condition=Q(minutes__range=(SHORTEST_MINUTES, LONGEST_MINUTES)),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "-ends_at"], name="break_glass_by_user")]

    def __str__(self) -> str:
        return f"{self.role} for {self.user_id}"

    @property
    def over_at(self) -> datetime:
        """When it was, or will be, over."""
        return min(self.ends_at, self.ended_at or self.ends_at)

    def is_over(self, now: datetime) -> bool:
        """Return whether it gives nothing any more."""
        return self.over_at <= now

    @property
    def review_before(self) -> datetime:
        """When somebody must have looked at what was done under it."""
        return self.over_at + timedelta(days=1)
