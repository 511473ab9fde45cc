"""Incidents: what an alert turned out to be, until it is over and everybody who must know was told."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from bank.public_ids import PublicIdField
from watch.kinds import KINDS, Kind
from watch.models.alerts import Alert

TELL_WITHIN = timedelta(hours=72)  # GDPR, Article 33(1)


class Incident(models.Model):
    """One incident. Its time runs by the bank's clock from the moment the bank became aware of it."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        CONTAINED = "CONTAINED"
        CLOSED = "CLOSED"

    class Breach(models.TextChoices):
        UNDECIDED = "undecided"
        YES = "yes"
        NO = "no"

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (severity, state, breach, breach_reason, authority_told_at, "
        "contained_at, closed_at, closed_by_id, outcome, version, last_event_id)"
    }

    id = PublicIdField(prefix="inc", primary_key=True)
    kind = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Alert.Severity)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    summary = models.CharField(max_length=140)
    opened_by = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="+")
    aware_at = models.DateTimeField()
    breach = models.CharField(max_length=9, choices=Breach, default=Breach.UNDECIDED)
    breach_reason = models.CharField(max_length=140, default="")
    authority_told_at = models.DateTimeField(null=True)
    contained_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=140, default="")
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="closed_incident_says_what_it_was",
                condition=~Q(state="CLOSED")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="incident_closes_once_the_law_is_met",
                condition=~Q(state="CLOSED")
                | Q(breach="no")
                | Q(breach="yes", authority_told_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-id"], name="incident_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def tell_before(self) -> datetime:
        """When the authority must have been told, if this is a breach of personal data."""
        return self.aware_at + TELL_WITHIN

    @property
    def is_severe(self) -> bool:
        """Whether it takes two people to close it."""
        return self.severity in {Alert.Severity.HIGH, Alert.Severity.CRITICAL}

    @property
    def must_tell(self) -> bool:
        """Whether the 72 hours still run."""
        return self.breach != self.Breach.NO and self.authority_told_at is None and self.state != "CLOSED"

    @property
    def known_kind(self) -> Kind:
        """What kind of incident this is."""
        return KINDS[self.kind]


class IncidentEvent(models.Model):
    """An event of the log somebody linked to an incident, besides those its alerts name."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT"}

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="linked")
    event_id = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "event_id"], name="incident_links_an_event_once")
        ]
