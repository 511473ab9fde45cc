"""The ledger: postings and their entries."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, Value

from accounts.models.accounts import Account
from bank.public_ids import PublicIdField


class Posting(models.Model):
    """Two or more entries that sum to zero in each currency, made for one recorded reason. Never changed."""

    class Kind(models.TextChoices):
        TRANSFER = "transfer"  # between two accounts of this bank
        DEPOSIT = "deposit"  # money that came in from outside
        WITHDRAWAL = "withdrawal"  # money that went outside
        CARD = "card"  # a purchase at a merchant
        FEE = "fee"
        INTEREST = "interest"
        REVERSAL = "reversal"

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT", "bank_reader": "SELECT"}

    id = PublicIdField(prefix="pst", primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind)
    audit_event_id = models.UUIDField(unique=True)
    legs = models.PositiveSmallIntegerField()  # how many entries it has: none can be added afterwards
    reference = models.CharField(max_length=140, default="")
    merchant_name = models.CharField(max_length=70, default="")
    merchant_category_code = models.CharField(max_length=4, default="")  # ISO 18245
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    booked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="posting_has_two_legs_or_more", condition=Q(legs__gte=2)),
        ]


class NewestEntry(models.Func):
    """The number of the newest entry of an account booked before a moment; 0 where none was."""

    function = "public.newest_entry"
    output_field = models.BigIntegerField()

    def __init__(self, account: Account, *, before: datetime) -> None:
        super().__init__(Value(account.pk, PublicIdField(prefix="acc")), Value(before))


class Entry(models.Model):
    """One line of an account: what the API calls a transaction. Never changed."""

    class Direction(models.TextChoices):
        CREDIT = "CRDT"
        DEBIT = "DBIT"

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT", "bank_reader": "SELECT"}

    id = PublicIdField(prefix="txn", primary_key=True)
    # That posting and account are there, for ever, and in this currency, the database asks once a statement
    # (accounts/sql/ledger_rules_by_statement.sql) and not by a foreign key, row by row.
    posting = models.ForeignKey(
        "accounts.Posting", on_delete=models.PROTECT, related_name="entries",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    leg = models.PositiveSmallIntegerField()  # its place in the posting, from 1
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="entries",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    seq = models.BigIntegerField()  # 1, 2, 3 … on its account, without a gap
    direction = models.CharField(max_length=4, choices=Direction)
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    balance_after = models.BigIntegerField()  # minor units
    # Never goes back on an account; every 64th is in an index (accounts/sql/newest_entry.sql).
    booked_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "seq"], name="entry_number_is_used_once"),
            models.UniqueConstraint(fields=["posting", "leg"], name="posting_leg_is_used_once"),
            models.CheckConstraint(name="entry_amount_is_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="entry_numbers_begin_at_one", condition=Q(seq__gte=1, leg__gte=1)),
            models.CheckConstraint(
                name="entry_is_a_credit_or_a_debit", condition=Q(direction__in=["CRDT", "DBIT"])
            ),
        ]
