"""Alerts: something worth a look, until somebody decided what it was."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField
from watch.kinds import KINDS, Kind

ACTIVE = ("OPEN", "ACKNOWLEDGED")


class Alert(models.Model):
    """One finding of a rule, or one alarm. While it is active, more of the same adds to it."""

    class Status(models.TextChoices):
        OPEN = "OPEN"
        ACKNOWLEDGED = "ACKNOWLEDGED"
        ESCALATED = "ESCALATED"
        FALSE_ALARM = "FALSE_ALARM"

    class Severity(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"
        CRITICAL = "critical"

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (status, count, last_index, last_seen_at, over_at, reminded_at, "
        "acknowledged_by_id, acknowledged_at, decided_by_id, decided_at, reason, incident_id, version, "
        "last_event_id)"
    }

    id = PublicIdField(prefix="alr", primary_key=True)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    severity = models.CharField(max_length=8, choices=Severity)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    count = models.PositiveBigIntegerField(default=1)
    last_index = models.BigIntegerField(default=-1)
    raised_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    look_before = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=140, default="")
    incident = models.ForeignKey("watch.Incident", null=True, on_delete=models.PROTECT, related_name="alerts")
    version = models.PositiveIntegerField(default=0)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(status__in=ACTIVE), name="alert_is_raised_once"
            ),
            models.CheckConstraint(
                name="false_alarm_says_why", condition=~Q(status="FALSE_ALARM") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="decided_alert_names_who_decided",
                condition=Q(status__in=ACTIVE, decided_by__isnull=True)
                | Q(status__in=["ESCALATED", "FALSE_ALARM"], decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="escalated_alert_has_its_incident",
                condition=Q(status="ESCALATED", incident__isnull=False)
                | (~Q(status="ESCALATED") & Q(incident__isnull=True)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "-id"], name="alert_by_status"),
            models.Index(fields=["kind", "key", "-last_index"], name="alert_by_kind_and_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def known_kind(self) -> Kind:
        """What kind of alert this is."""
        return KINDS[self.kind]


class AlertEvent(models.Model):
    """An event of the log an alert was raised for, the first few hundred."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT"}

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events")
    event_id = models.UUIDField()
    leaf_index = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alert", "event_id"], name="alert_names_an_event_once")
        ]
