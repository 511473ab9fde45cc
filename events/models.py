"""The feed of each app, and where it wants to be told."""

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bank.clock import BankNow
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField


class Follower(models.Model):
    """How far the audit log has been followed: the number of the next leaf. One row; who locks it follows."""

    database_rights: ClassVar = {"bank_app": "SELECT, UPDATE (next_index)"}

    id = models.PositiveSmallIntegerField(primary_key=True)
    next_index = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="there_is_one_follower", condition=Q(id=1))]


class Feed(models.Model):
    """The number of an app's last event. Locked while the next is given out: so there are no gaps."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (last_number)"}

    client = models.OneToOneField(
        "oauth.Client", primary_key=True, on_delete=models.CASCADE, related_name="feed"
    )
    last_number = models.BigIntegerField(default=0)


class Event(models.Model):
    """One thing an app is told. Never changed; its number is one more than that of the app's event before."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, DELETE"}

    id = PublicIdField(prefix="evt", primary_key=True)
    client = models.ForeignKey(
        "oauth.Client", on_delete=models.CASCADE, related_name="events", db_index=False
    )
    number = models.BigIntegerField()
    type = models.CharField(max_length=40)
    about = models.CharField(max_length=64)  # the id of the thing it is about
    data = models.JSONField()
    consent = models.ForeignKey("oauth.Consent", null=True, on_delete=models.CASCADE, related_name="events")
    audit_event_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "number"], name="event_number_is_used_once"),
            models.UniqueConstraint(
                fields=["client", "audit_event_id", "type", "about"], name="app_is_told_once"
            ),
            models.CheckConstraint(name="event_numbers_begin_at_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.type}"


class WebhookEndpoint(models.Model):
    """An address of an app, the secret its messages are signed with, and how it has been doing."""

    class Status(models.TextChoices):
        ENABLED = "ENABLED"
        DISABLED = "DISABLED"

    id = PublicIdField(prefix="whe", primary_key=True)
    client = models.ForeignKey("oauth.Client", on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(max_length=512)
    description = models.CharField(max_length=80, default="")
    event_types = ArrayField(models.CharField(max_length=40), default=list)  # none named: all
    status = models.CharField(max_length=8, choices=Status, default=Status.ENABLED)
    disabled_reason = models.CharField(max_length=16, default="")
    secret = EncryptedTextField()
    previous_secret = EncryptedTextField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)  # a worker calls it, or did; real time, not the bank's
    created_at = models.DateTimeField(db_default=BankNow())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="endpoint_that_is_off_says_why",
                condition=Q(status="ENABLED", disabled_reason="")
                | (Q(status="DISABLED") & ~Q(disabled_reason="")),
            ),
            models.CheckConstraint(
                name="previous_secret_has_an_end",
                condition=Q(previous_secret__isnull=True, previous_secret_until__isnull=True)
                | Q(previous_secret__isnull=False, previous_secret_until__isnull=False),
            ),
            models.CheckConstraint(
                name="endpoint_fails_since_its_first_failure",
                condition=Q(failures=0, failing_since__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False),
            ),
        ]

    def wants(self, type_: str) -> bool:
        """Return whether it asked to be told of this type."""
        return not self.event_types or type_ in self.event_types

    def secrets_at(self, now: datetime) -> list[str]:
        """Return the secrets to sign with: the present one, and the one before it until its time is up."""
        is_overlapping = self.previous_secret_until is not None and now < self.previous_secret_until
        return (
            [self.secret, self.previous_secret] if is_overlapping and self.previous_secret else [self.secret]
        )


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        DELIVERED = "DELIVERED"
        FAILED = "FAILED", "Given up"
        CANCELLED = "CANCELLED", "Its consent ended before it was made"

    id = PublicIdField(prefix="whd", primary_key=True)
    event = models.ForeignKey("events.Event", on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        "events.WebhookEndpoint", on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)  # since it was asked for, or asked for again
    next_at = models.DateTimeField(null=True)  # by the bank's clock
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="endpoint_is_told_of_an_event_once"),
            models.CheckConstraint(
                name="delivery_that_waits_says_until_when",
                condition=Q(status="PENDING", next_at__isnull=False, ended_at__isnull=True)
                | (~Q(status="PENDING") & Q(next_at__isnull=True, ended_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint"),
            models.Index(
                fields=["endpoint", "next_at"], condition=Q(status="PENDING"), name="delivery_waiting"
            ),
        ]


class WebhookAttempt(models.Model):
    """One call: what was signed, what came back, how long it took. Without an end: nobody knows."""

    delivery = models.ForeignKey(
        "events.WebhookDelivery", on_delete=models.CASCADE, related_name="log", db_index=False
    )
    number = models.PositiveIntegerField()
    signed = models.TextField()
    signature = models.TextField()
    sent_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, default="")  # the beginning of what came back
    problem = models.CharField(max_length=120, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_is_used_once")
        ]
