"""Access reviews: who may do what, looked at twice a year by somebody else; kept as evidence."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from bank.public_ids import PublicIdField


class AccessReview(models.Model):
    """One review of every staff login, by the bank's clock."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (closed_at, version, last_event_id)"}

    id = PublicIdField(prefix="arv", primary_key=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(closed_at__isnull=True),
                name="one_access_review_is_open",
            )
        ]

    def __str__(self) -> str:
        return f"access review of {self.opened_at:%Y-%m-%d}"


class AccessReviewLine(models.Model):
    """One login in a review: the roles it held, what it did with them, and what somebody decided."""

    class Decision(models.TextChoices):
        UNDECIDED = "UNDECIDED"
        KEEP = "KEEP"
        REMOVE = "REMOVE"

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (decision, reviewer_id, decided_at, reason, approval)"
    }

    id = PublicIdField(prefix="arl", primary_key=True)
    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="lines")
    user = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="+")
    roles = ArrayField(models.CharField(max_length=32))
    last_sign_in = models.DateTimeField(null=True)
    deeds = models.JSONField()
    decision = models.CharField(max_length=9, choices=Decision, default=Decision.UNDECIDED)
    reviewer = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=140, default="")
    approval = models.CharField(max_length=40, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "user"], name="a_login_is_reviewed_once"),
            models.CheckConstraint(name="nobody_reviews_themselves", condition=~Q(reviewer=F("user"))),
            models.CheckConstraint(
                name="a_reviewed_login_names_its_reviewer",
                condition=Q(decision="UNDECIDED", reviewer__isnull=True)
                | (~Q(decision="UNDECIDED") & Q(reviewer__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.decision}"
