"""What the bank knows of the rail: payments it was told of, and payments that came over it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bank.clock import BankNow
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField


class RailTransfer(models.Model):
    """What the bank knows of one payment on the rail: its outbox, written with the payment itself.

    UNKNOWN is written down *before* the rail is called: whoever dies in the call has said so already.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED"  # nothing has left the bank
        UNKNOWN = "UNKNOWN"  # it may have: only the rail can say, asked with the same id
        ACCEPTED = "ACCEPTED"  # the rail has it
        ENDED = "ENDED"  # the rail has said what became of it

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, "
        "UPDATE (state, tries, next_try_at, cancel_asked_at, settled_on, returned_on, heard_at)",
    }

    # The rail knows it by the payment's own id.
    payment = models.OneToOneField(
        "payments.Payment", primary_key=True, on_delete=models.PROTECT, related_name="transfer"
    )
    hold = models.OneToOneField("accounts.Hold", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, db_default=Now())
    cancel_asked_at = models.DateTimeField(null=True)
    settled_on = models.DateField(null=True)  # by the rail's calendar, as the next
    returned_on = models.DateField(null=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="transfer_is_tried_until_it_ended",
                condition=Q(state="ENDED", next_try_at__isnull=True)
                | (~Q(state="ENDED") & Q(next_try_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=~Q(state="ENDED"), name="transfer_by_next_try"),
            models.Index(
                fields=["settled_on"], condition=Q(settled_on__isnull=False), name="transfer_by_day"
            ),
            models.Index(
                fields=["returned_on"], condition=Q(returned_on__isnull=False), name="transfer_by_return_day"
            ),
        ]


class RailDay(models.Model):
    """A day of the rail's calendar that was over when both books of it were compared."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (lines, differences, compared_at)"}

    day = models.DateField(primary_key=True)
    lines = models.PositiveIntegerField()
    differences = models.PositiveIntegerField()
    compared_at = models.DateTimeField(db_default=BankNow())


class IncomingPayment(models.Model):
    """A payment from another bank: booked on an account here, or returned with its reason."""

    class Status(models.TextChoices):
        BOOKED = "ACCC"
        RETURNED = "RJCT"

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (returned_on, tries, next_try_at)"}

    id = PublicIdField(prefix="inc", primary_key=True)
    rail_id = models.CharField(max_length=35, unique=True)  # the rail's own number of it
    status = models.CharField(max_length=4, choices=Status)
    reason_code = models.CharField(max_length=4, default="")
    account = models.ForeignKey(
        "accounts.Account", null=True, on_delete=models.PROTECT, related_name="incoming", db_index=False
    )
    debtor_name = EncryptedTextField(null=True)
    debtor_iban = EncryptedTextField(null=True)
    creditor_iban = EncryptedTextField(null=True)
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=140, default="")
    end_to_end_id = models.CharField(max_length=35, default="")
    posting = models.OneToOneField("accounts.Posting", null=True, on_delete=models.PROTECT)
    settled_on = models.DateField()  # by the rail's calendar
    received_at = models.DateTimeField(db_default=BankNow())
    # A return is told to the rail until it has taken it, on a day of its own calendar.
    returned_on = models.DateField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="incoming_payment_is_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="incoming_payment_is_booked_or_returned",
                condition=Q(status="ACCC", account__isnull=False, posting__isnull=False, reason_code="")
                | (Q(status="RJCT", posting__isnull=True) & ~Q(reason_code="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="return_to_be_told"
            ),
            models.Index(fields=["settled_on"], name="incoming_payment_by_day"),
            models.Index(
                fields=["returned_on"], condition=Q(returned_on__isnull=False), name="incoming_by_return_day"
            ),
            models.Index(fields=["account", "-id"], name="incoming_payment_by_account"),
        ]
