"""Where a person is signed in, from which devices, and who has to be told when a session ends."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField


class SignedInSession(models.Model):
    """One sign-in of one person on one device, until it ends. Its id is the `sid` of ID tokens.

    No address and no full user agent are kept: "Firefox on Linux" is what its owner needs to know it by.
    """

    id = PublicIdField(prefix="ses", primary_key=True)
    user = models.ForeignKey("oauth.User", on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, blank=True, default="")  # none once it ended
    device = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ended_session_has_no_key", condition=Q(ended_at=None) | Q(session_key="")
            ),
            models.UniqueConstraint(
                fields=["session_key"], condition=~Q(session_key=""), name="session_key_is_unique"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "ended_at"], name="session_by_user")]


class KnownDevice(models.Model):
    """A browser a person has signed in with before, known by the hash of a cookie."""

    id = PublicIdField(prefix="dev", primary_key=True)
    user = models.ForeignKey("oauth.User", on_delete=models.CASCADE, related_name="+")
    checksum = models.CharField(max_length=64)
    device = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(db_default=0)
    due_at = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True)  # when its owner was told of it, or there was no way to tell

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "checksum"], name="device_is_known_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["first_seen_at"], condition=Q(told_at=None), name="device_not_told_of"),
        ]


class LogoutNotice(models.Model):
    """What one app has yet to be told: that a session ended (OpenID Connect Back-Channel Logout 1.0)."""

    id = PublicIdField(prefix="lgo", primary_key=True)
    client = models.ForeignKey("oauth.Client", on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey("oauth.SignedInSession", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)  # null once it was delivered or given up
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "session"], name="app_is_told_once_of_a_session"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="logout_notice_due"),
        ]
