"""What a person is asked to confirm with a fresh second factor."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField


class Confirmation(models.Model):
    """One question to one person, in one session, about exactly one thing.

    That is dynamic linking (PSD2 RTS, Article 5). Only the digest of what was shown is kept.
    The nonce makes the challenge a passkey signs.
    """

    class Outcome(models.TextChoices):
        OPEN = ""
        GIVEN = "given"
        CHANGED = "changed", "What was sent back is not what was shown"
        REFUSED = "refused", "Too many wrong codes"

    id = PublicIdField(prefix="cfm", primary_key=True)
    user = models.ForeignKey("oauth.User", on_delete=models.CASCADE, related_name="+")
    # Null where it was asked before sessions were kept: nobody can answer that.
    session = models.ForeignKey(
        "oauth.SignedInSession", null=True, on_delete=models.CASCADE, related_name="+"
    )
    digest = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    failures = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default=Outcome.OPEN)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="confirmation_that_ended_says_how",
                condition=Q(outcome="", ended_at=None) | (~Q(outcome="") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="confirmation_is_given_in_time",
                condition=~Q(outcome="given") | Q(ended_at__lte=F("expires_at")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="confirmation_by_expiry")]
