"""How far the rules have read, what they count, and how many are too many."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Cursor(models.Model):
    """The next leaf to judge. Whoever judges locks this row and moves it with what it found."""

    database_rights: ClassVar = {"bank_app": "SELECT, UPDATE (next_index, moved_at)"}

    name = models.CharField(max_length=16, primary_key=True)
    next_index = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)


class RuleSetting(models.Model):
    """What holds of a rule: how many, within how long, how soon somebody must look."""

    database_rights: ClassVar = {
        "bank_app": "SELECT, UPDATE (threshold, window_seconds, look_within_minutes, is_on, version, "
        "last_event_id)"
    }

    name = models.CharField(max_length=40, primary_key=True)
    threshold = models.PositiveIntegerField()
    window_seconds = models.PositiveIntegerField()
    look_within_minutes = models.PositiveIntegerField()
    is_on = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = "rule"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rule_counts_something_within_a_day",
                condition=Q(threshold__range=(1, 100_000), window_seconds__range=(10, 86_400)),
            ),
            models.CheckConstraint(
                name="somebody_must_look_within_a_week",
                condition=Q(look_within_minutes__range=(1, 7 * 24 * 60)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SeenEvent(models.Model):
    """One event one rule counts, kept for as long as it can count."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, DELETE"}

    rule = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    value = models.CharField(max_length=200, default="")
    leaf_index = models.BigIntegerField()
    event_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "leaf_index"], name="an_event_counts_once_for_a_rule")
        ]
        indexes: ClassVar = [models.Index(fields=["rule", "key", "leaf_index"], name="seen_by_rule_and_key")]


class Tally(models.Model):
    """How many events of a kind and outcome an hour had: what the dashboard shows without reading the log."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (count)"}

    hour = models.DateTimeField()
    kind = models.CharField(max_length=64)
    outcome = models.CharField(max_length=10)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour", "kind", "outcome"], name="an_hour_is_tallied_once")
        ]
