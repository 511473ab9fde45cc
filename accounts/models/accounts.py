"""Bank accounts and who holds them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from bank.clock import BankNow
from bank.crypto.blind_index import BlindIndexField, compact
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField

INTERNAL_KINDS = ("settlement", "fees", "fx", "suspense")


class Account(models.Model):
    """A bank account: whose number it is, what it holds, and what may be done with it."""

    class Kind(models.TextChoices):
        CURRENT = "current"
        SAVINGS = "savings"
        SETTLEMENT = "settlement"
        FEES = "fees"
        FX = "fx"
        SUSPENSE = "suspense"

    CUSTOMER_KINDS: ClassVar = (Kind.CURRENT, Kind.SAVINGS)  # the others are the bank's own

    class Status(models.TextChoices):
        PENDING = "PENDING"
        ENABLED = "ENABLED"
        DEBIT_BLOCKED = "DEBIT_BLOCKED"
        CREDIT_BLOCKED = "CREDIT_BLOCKED"
        FROZEN = "FROZEN"
        CLOSED = "CLOSED"

    # The application may change nothing else: not the currency, not the kind. The status and the overdraft
    # it changes only with an approval (accounts/sql/restrictions.sql), the number only to nothing, once the
    # account is closed and nobody is left who holds it (accounts/sql/erasure.sql).
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, "
        "UPDATE (name, status, overdraft_limit, booked, held, last_seq, last_booked_at, closed_at, "
        "version, last_event_id, iban, iban_index, last4)",
        "bank_reader": "SELECT (id, currency, kind, booked, last_seq)",
    }

    id = PublicIdField(prefix="acc", primary_key=True)
    name = models.CharField(max_length=70)
    kind = models.CharField(max_length=16, choices=Kind)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    iban = EncryptedTextField(null=True)  # an internal account has none
    iban_index = BlindIndexField(of="iban", normalise=compact)
    last4 = models.CharField(max_length=4, default="")
    booked = models.BigIntegerField(default=0, db_default=0)  # minor units
    held = models.BigIntegerField(default=0, db_default=0)  # minor units set aside, still booked
    overdraft_limit = models.BigIntegerField(default=0, db_default=0)  # minor units
    last_seq = models.BigIntegerField(default=0, db_default=0)
    last_booked_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(db_default=BankNow())
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="account_balance_stays_within_the_overdraft",
                condition=Q(kind__in=INTERNAL_KINDS) | Q(booked__gte=F("held") - F("overdraft_limit")),
            ),
            models.CheckConstraint(name="account_holds_nothing_below_zero", condition=Q(held__gte=0)),
            models.CheckConstraint(
                name="account_overdraft_is_never_negative", condition=Q(overdraft_limit__gte=0)
            ),
            models.CheckConstraint(
                name="closed_account_is_empty", condition=~Q(status="CLOSED") | Q(booked=0, held=0)
            ),
            models.CheckConstraint(
                name="account_currency_is_a_code", condition=Q(currency__regex=r"^[A-Z]{3}$")
            ),
            models.UniqueConstraint(fields=["iban_index"], name="account_number_is_unique"),
            models.UniqueConstraint(fields=["id", "currency"], name="account_has_one_currency"),
            models.UniqueConstraint(
                fields=["kind", "currency"],
                condition=Q(kind__in=INTERNAL_KINDS),
                name="one_internal_account_of_a_kind_and_currency",
            ),
        ]


class AccountHolder(models.Model):
    """A customer on an account, and as what."""

    class Role(models.TextChoices):
        OWNER = "owner"
        JOINT = "joint"
        VIEWER = "viewer"

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="holders")
    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="holdings")
    role = models.CharField(max_length=8, choices=Role)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "account"], name="customer_holds_account_once"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(role="owner"), name="account_has_one_owner"
            ),
        ]
