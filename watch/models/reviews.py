"""Daily reviews: what the log says of a day, signed, and signed off by somebody."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from bank.public_ids import PublicIdField


class DailyReview(models.Model):
    """The review of one day (UTC), as a signed note over its exact text. Nothing of it changes afterwards."""

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (signed_off_by_id, signed_off_at, version, last_event_id)"
    }

    id = PublicIdField(prefix="drv", primary_key=True)
    day = models.DateField(unique=True)
    first_index = models.BigIntegerField()
    end_index = models.BigIntegerField()
    note = models.TextField()
    made_at = models.DateTimeField(db_default=Now())
    signed_off_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    signed_off_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"review of {self.day}"
