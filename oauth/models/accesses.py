"""When apps looked at what was shared with them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

UNATTENDED_A_DAY = 4


class DataAccess(models.Model):
    """How often an app read one thing in one hour while its customer was there, or in one day without.

    `about` is the public id of what was read, as the consent's decisions name it. The application may count a
    row up, and change nothing else of it.
    """

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, DELETE, UPDATE (count, last_at)"}

    consent = models.ForeignKey("oauth.Consent", on_delete=models.CASCADE, related_name="accesses")
    what = models.CharField(max_length=16)
    about = models.CharField(max_length=64, default="")
    is_attended = models.BooleanField()
    began_at = models.DateTimeField()  # the hour, or the day, in UTC
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["consent", "what", "about", "is_attended", "began_at"], name="access_is_counted_once"
            ),
            models.CheckConstraint(
                name="unattended_access_is_capped",
                condition=Q(is_attended=True) | Q(count__lte=UNATTENDED_A_DAY),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["consent", "-last_at"], name="access_by_consent")]
