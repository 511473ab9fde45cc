"""Standing orders: orders to pay again and again, and what each due date became."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bank.clock import BankNow
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField
from payments.models.payments import Payment


class StandingOrder(models.Model):
    """An order to pay the same again and again, or once on a later day."""

    class Status(models.TextChoices):
        ACTIVE = "ACTV"
        SUSPENDED = "SUSP"
        CANCELLED = "CANC"
        EXPIRED = "EXPI"

    # What was ordered never changes; what was paid is counted by its runs.
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, "
        "UPDATE (status, next_due_on, next_run_on, ended_at, version, last_event_id)",
    }

    id = PublicIdField(prefix="sto", primary_key=True)
    debtor_account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="standing_orders"
    )
    creditor_account = models.ForeignKey(
        "accounts.Account", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    creditor_name = EncryptedTextField(null=True)  # of an account at another bank
    creditor_iban = EncryptedTextField(null=True)
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=140, default="")
    frequency = models.CharField(max_length=5)
    interval = models.PositiveSmallIntegerField(default=1)
    weekend = models.CharField(max_length=9, default="same")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    status = models.CharField(max_length=4, choices=Status, default=Status.ACTIVE)
    next_due_on = models.DateField(null=True)
    next_run_on = models.DateField(null=True)  # the due date, off its weekend
    user = models.ForeignKey("oauth.User", on_delete=models.PROTECT, db_index=False)
    created_at = models.DateTimeField(db_default=BankNow())
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="standing_order_pays_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="standing_order_pays_one_creditor",
                condition=Q(
                    creditor_account__isnull=False, creditor_name__isnull=True, creditor_iban__isnull=True
                )
                | Q(creditor_account__isnull=True, creditor_name__isnull=False, creditor_iban__isnull=False),
            ),
            models.CheckConstraint(
                name="standing_order_knows_when_it_is_due",
                condition=Q(status__in=["ACTV", "SUSP"], next_due_on__isnull=False, next_run_on__isnull=False)
                | Q(status__in=["CANC", "EXPI"], next_due_on__isnull=True, next_run_on__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_run_on"], condition=Q(status="ACTV"), name="standing_order_by_next_run"
            ),
        ]


class StandingOrderRun(models.Model):
    """One due date of a standing order and the payment it became: once, however many schedulers run."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT"}

    order = models.ForeignKey(StandingOrder, on_delete=models.PROTECT, related_name="runs", db_index=False)
    due_on = models.DateField()
    payment = models.OneToOneField(
        Payment, null=True, on_delete=models.PROTECT
    )  # none: it could not be tried
    ran_at = models.DateTimeField(db_default=BankNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "due_on"], name="due_date_is_paid_once"),
        ]
