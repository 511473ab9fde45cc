"""The terms payments are made under: the schedule of fees, and the limits of accounts."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from bank.clock import BankNow


class FeeRule(models.Model):
    """What a kind of payment costs in a currency: a fixed part and a share of the amount, within bounds."""

    class Kind(models.TextChoices):
        INTERNAL = "internal"
        EXTERNAL = "external"
        FX = "fx"

    # Written with an approval of exactly these figures (payments/sql/terms.sql).
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, "
        "UPDATE (fixed, basis_points, least, most, changed_at, version, last_event_id)",
    }

    id = models.CharField(max_length=12, primary_key=True)  # external-GBP
    kind = models.CharField(max_length=8, choices=Kind)
    currency = models.CharField(max_length=3)
    fixed = models.BigIntegerField(default=0)  # minor units
    basis_points = models.PositiveSmallIntegerField(default=0)  # hundredths of a per cent of the amount
    least = models.BigIntegerField(default=0)  # minor units
    most = models.BigIntegerField(null=True)  # minor units
    changed_at = models.DateTimeField(db_default=BankNow())
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "kind"], name="one_fee_of_a_kind_and_currency"),
            models.CheckConstraint(
                name="fee_is_never_negative",
                condition=Q(fixed__gte=0, least__gte=0, basis_points__lte=10_000)
                & (Q(most__isnull=True) | Q(most__gte=F("least"))),
            ),
        ]


class PaymentLimit(models.Model):
    """The most an account pays: in one payment, and in one day of the bank. None means no such limit.

    An account without a row has neither. `spent` counts only the day it names.
    """

    # Raised with an approval of exactly this (payments/sql/terms.sql).
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (per_payment, per_day, spent, spent_on, version, last_event_id)",
    }

    account = models.OneToOneField(
        "accounts.Account", primary_key=True, on_delete=models.PROTECT, related_name="payment_limit"
    )
    per_payment = models.BigIntegerField(null=True)  # minor units
    per_day = models.BigIntegerField(null=True)  # minor units
    spent_on = models.DateField()
    spent = models.BigIntegerField(default=0)  # minor units, on that day
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="payment_limits_are_never_negative",
                condition=Q(spent__gte=0)
                & (Q(per_payment__isnull=True) | Q(per_payment__gte=0))
                & (Q(per_day__isnull=True) | Q(per_day__gte=0)),
            ),
        ]
