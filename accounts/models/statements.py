"""Statements."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from bank.public_ids import PublicIdField


class Statement(models.Model):
    """The entries of an account in one month, from number to number. Never changed; nor are its entries."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT"}

    id = PublicIdField(prefix="stm", primary_key=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="statements")
    begins_on = models.DateField()
    ends_on = models.DateField()  # inclusive, in UTC
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()  # first_seq - 1 when nothing happened
    opening_balance = models.BigIntegerField()  # minor units
    closing_balance = models.BigIntegerField()
    credit_count = models.IntegerField()
    credit_total = models.BigIntegerField()
    debit_count = models.IntegerField()
    debit_total = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sha256 = models.JSONField()  # of each form's bytes, in hex: json, csv, pdf, camt053
    made_at = models.DateTimeField()
    last_event_id = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "begins_on"], name="statement_is_made_once"),
            models.CheckConstraint(
                name="statement_totals_agree",
                condition=Q(
                    closing_balance=F("opening_balance") + F("credit_total") - F("debit_total"),
                    last_seq=F("first_seq") - 1 + F("credit_count") + F("debit_count"),
                ),
            ),
            models.CheckConstraint(name="statement_period_is_one", condition=Q(ends_on__gte=F("begins_on"))),
        ]
