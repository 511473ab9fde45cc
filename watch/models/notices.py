"""Notices: somebody is to be told. Written with what they are about; sent later, until it works."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from bank.public_ids import PublicIdField


class Notice(models.Model):
    """One message to one place. It names the alert or incident and nothing of anybody."""

    class Channel(models.TextChoices):
        MAIL = "mail"
        ESCALATION = "escalation"
        WEBHOOK = "webhook"

    class Occasion(models.TextChoices):
        RAISED = "raised"
        NOBODY_LOOKED = "nobody_looked"
        OPENED = "opened"

    class Status(models.TextChoices):
        DUE = "DUE"
        SENT = "SENT"
        FAILED = "FAILED"

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (status, attempts, due_at, sent_at)"}

    id = PublicIdField(prefix="ntc", primary_key=True)
    about = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    severity = models.CharField(max_length=8)
    occasion = models.CharField(max_length=13, choices=Occasion)
    channel = models.CharField(max_length=10, choices=Channel)
    status = models.CharField(max_length=6, choices=Status, default=Status.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["about", "occasion", "channel"], name="each_is_told_once")
        ]
        indexes: ClassVar = [models.Index(fields=["status", "due_at"], name="notice_by_status")]
