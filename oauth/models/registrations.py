"""Who may register apps by themselves in production."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField


class InitialAccessToken(models.Model):  # type: ignore[django-manager-missing]
    """An initial access token (RFC 7591, 3): an organisation whose papers staff have seen may register apps.

    Kept hashed, shown once, for a number of apps and until a moment.
    """

    id = PublicIdField(prefix="iat", primary_key=True)
    token_checksum = models.CharField(max_length=64, unique=True)
    organisation = models.CharField(max_length=120)
    clients_left = models.PositiveSmallIntegerField()
    issued_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="initial_access_token_ends_after_it_begins", condition=Q(expires_at__gt=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.id})"


class SoftwareStatement(models.Model):
    """What a trusted issuer said of an app (RFC 7591, 2.3), as it was sent: the app hears it back."""

    client = models.OneToOneField(
        "oauth.Client", primary_key=True, on_delete=models.CASCADE, related_name="software_statement"
    )
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"of {self.client_id}"
