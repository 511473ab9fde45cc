"""What the bank remembers of how people used their rights, and of who looked at their data."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bank.clock import BankNow
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField


class DataExport(models.Model):
    """A copy of all the bank knows of one person, for that person; sealed, and gone after some days."""

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED"
        READY = "READY"
        FAILED = "FAILED"
        EXPIRED = "EXPIRED"

    id = PublicIdField(prefix="exp", primary_key=True)
    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=9, choices=Status, default=Status.REQUESTED)
    document = EncryptedTextField(key_from="customer.data_key", null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField(db_default=BankNow())
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(status="REQUESTED"), name="one_export_is_made_at_a_time"
            ),
            models.CheckConstraint(
                name="only_a_ready_export_has_a_document",
                condition=Q(status="READY", document__isnull=False, expires_at__isnull=False)
                | (~Q(status="READY") & Q(document__isnull=True)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status"], condition=Q(status="REQUESTED"), name="export_to_be_made"),
            models.Index(fields=["expires_at"], condition=Q(status="READY"), name="export_to_expire"),
        ]


class Erasure(models.Model):
    """That a person was erased, when, by which event, and what the law keeps: no personal data."""

    # What was done is not changed; only that the ledger outside the database has it is added.
    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (in_ledger_at)"}

    id = PublicIdField(prefix="ers", primary_key=True)
    customer = models.OneToOneField("accounts.Customer", on_delete=models.PROTECT, related_name="+")
    user = models.OneToOneField("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField()
    event_id = models.UUIDField()
    answer = models.JSONField()  # what was erased, what is kept, by which law, until when
    in_ledger_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["erased_at"], condition=Q(in_ledger_at=None), name="erasure_not_in_ledger"),
        ]


class Unmasking(models.Model):
    """One of staff saw one field of one person in clear, for a time and a purpose: shown to the person."""

    class Purpose(models.TextChoices):
        REQUEST = "request", "The customer asked for something"
        COMPLAINT = "complaint", "A complaint is looked into"
        FRAUD = "fraud", "Fraud is suspected"
        DUTY = "duty", "A law or a court asks for it"

    # Nothing of it changes afterwards.
    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, DELETE"}

    id = PublicIdField(prefix="unm", primary_key=True)
    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=32)
    seen_by = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=64)  # as what: the customer is told this, not who
    purpose = models.CharField(max_length=9, choices=Purpose)
    case_number = models.CharField(max_length=32)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    event_id = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="unmasking_is_for_a_short_time",
                condition=Q(
                    expires_at__lte=models.F("began_at") + models.Value("15 minutes", models.DurationField())
                ),
            ),
            models.CheckConstraint(
                name="unmasking_names_a_case", condition=Q(case_number__regex=r"^[A-Z]{2,6}-[0-9]{1,10}$")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "-began_at"], name="unmasking_by_customer")]
