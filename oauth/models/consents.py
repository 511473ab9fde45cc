"""What a person allowed an app, until when."""

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from bank.clock import BankNow
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField


class Consent(models.Model):  # type: ignore[django-manager-missing]
    """What a person allowed an app, until when: the core model; tokens are only keys to it.

    One pushed request makes at most one consent: the database says so too.
    """

    class Kind(models.TextChoices):
        ACCOUNT_ACCESS = "account_access"
        PAYMENT = "payment"
        RECURRING = "recurring"
        FUNDS_CONFIRMATION = "funds_confirmation"

    class Status(models.TextChoices):
        """UK Open Banking v4 / ISO 20022 external status codes."""

        AWAITING_AUTHORISATION = "AWAU"
        AUTHORISED = "AUTH"
        REJECTED = "RJCT"
        CANCELLED = "CANC"
        EXPIRED = "EXPD"
        CONSUMED = "COND"

    id = PublicIdField(prefix="con", primary_key=True)
    kind = models.CharField(max_length=32, choices=Kind, default=Kind.ACCOUNT_ACCESS)
    status = models.CharField(max_length=4, choices=Status, default=Status.AWAITING_AUTHORISATION)
    client = models.ForeignKey("oauth.Client", on_delete=models.PROTECT, related_name="consents")
    user = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="consents")
    pushed_request = models.OneToOneField(
        "oauth.PushedAuthorizationRequest", null=True, on_delete=models.SET_NULL, related_name="consent"
    )
    session = models.ForeignKey(
        "oauth.SignedInSession", null=True, on_delete=models.SET_NULL, related_name="consents"
    )
    permissions = ArrayField(models.CharField(max_length=64), default=list)
    scope = models.TextField()
    authorization_details = models.JSONField(default=list)
    granted = EncryptedTextField(null=True)  # JSON: the authorization details granted; they may name a payee
    shown = EncryptedTextField(null=True)  # JSON: what the person saw, of which the digest is taken
    shown_digest = models.CharField(max_length=64)
    acr = models.CharField(max_length=64, blank=True, default="")
    amr = ArrayField(models.CharField(max_length=16), default=list)
    auth_time = models.DateTimeField()
    created_at = models.DateTimeField(db_default=BankNow())
    renewed_at = models.DateTimeField(null=True)  # the last decision of the person, when not the first
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="consent_ends_after_it_begins", condition=Q(expires_at__gt=F("created_at"))
            ),
            models.CheckConstraint(
                name="consent_that_ended_says_when",
                condition=~Q(status__in=["RJCT", "CANC"]) | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_consent_to_one_payment_is_used_up",
                condition=~Q(status="COND") | Q(kind="payment"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "status"], name="consent_by_user")]

    def __str__(self) -> str:
        return str(self.id)

    def is_in_force(self, now: datetime) -> bool:
        """Return whether the consent holds; expiry holds by the clock though no job ran."""
        return self.status == self.Status.AUTHORISED and now < self.expires_at

    def opens(self, now: datetime) -> bool:
        """Return whether its tokens open anything: one that was used still shows what became of it."""
        return self.status in {self.Status.AUTHORISED, self.Status.CONSUMED} and now < self.expires_at

    def present_status(self, now: datetime) -> str:
        """Return the status a person or an app is told: EXPD once the time is over."""
        open_states = {self.Status.AUTHORISED, self.Status.AWAITING_AUTHORISATION}
        return self.Status.EXPIRED if self.status in open_states and now >= self.expires_at else self.status
