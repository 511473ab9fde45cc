"""Customers, accounts and the ledger: shape, and the rules the database keeps by itself.

What a constraint cannot say (zero sums, gapless numbers, append only) is said by the triggers of
`accounts/sql/ledger_rules.sql`; the one way to write the ledger is the function of
`accounts/sql/post_entries_and_holds.sql`.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from bank.crypto.blind_index import BlindIndexField, compact
from bank.crypto.fields import DataKeyField, EncryptedDateField, EncryptedTextField
from bank.public_ids import PublicIdField

INTERNAL_KINDS = ("settlement", "fees", "fx", "suspense")


class Customer(models.Model):
    """A person the bank knows. Everything that tells who it is lies encrypted under a key of their own."""

    class KycStatus(models.TextChoices):
        PENDING = "PENDING"
        VERIFIED = "VERIFIED"
        REFUSED = "REFUSED"

    id = PublicIdField(prefix="cus", primary_key=True)
    user = models.OneToOneField("oauth.User", null=True, on_delete=models.PROTECT, related_name="customer")
    data_key = DataKeyField()
    given_name = EncryptedTextField(key_from="data_key", null=True)
    family_name = EncryptedTextField(key_from="data_key", null=True)
    email = EncryptedTextField(key_from="data_key", null=True)
    email_index = BlindIndexField(of="email")
    phone = EncryptedTextField(key_from="data_key", null=True)
    birth_date = EncryptedDateField(key_from="data_key", null=True)
    address = EncryptedTextField(key_from="data_key", null=True)
    kyc_status = models.CharField(max_length=8, choices=KycStatus, default=KycStatus.PENDING)
    created_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email_index"], name="customer_email_is_unique"),
        ]


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
    # it changes only with an approval (accounts/sql/restrictions.sql).
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, "
        "UPDATE (name, status, overdraft_limit, booked, held, last_seq, last_booked_at, closed_at, "
        "version, last_event_id)",
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
    opened_at = models.DateTimeField(db_default=Now())
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


class Entry(models.Model):
    """One line of an account: what the API calls a transaction. Never changed."""

    class Direction(models.TextChoices):
        CREDIT = "CRDT"
        DEBIT = "DBIT"

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT", "bank_reader": "SELECT"}

    id = PublicIdField(prefix="txn", primary_key=True)
    posting = models.ForeignKey(
        "accounts.Posting", on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    leg = models.PositiveSmallIntegerField()  # its place in the posting, from 1
    # The foreign key in the database is on (account, currency): an entry is in its account's currency.
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="entries",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    seq = models.BigIntegerField()  # 1, 2, 3 … on its account, without a gap
    direction = models.CharField(max_length=4, choices=Direction)
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    balance_after = models.BigIntegerField()  # minor units
    booked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "seq"], name="entry_number_is_used_once"),
            models.UniqueConstraint(fields=["posting", "leg"], name="posting_leg_is_used_once"),
            models.CheckConstraint(name="entry_amount_is_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="entry_numbers_begin_at_one", condition=Q(seq__gte=1, leg__gte=1)),
            models.CheckConstraint(
                name="entry_is_a_credit_or_a_debit", condition=Q(direction__in=["CRDT", "DBIT"])
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "booked_at", "seq"], name="entry_by_moment"),
        ]


class Hold(models.Model):
    """Money set aside for somebody: the pending transaction. Captured, the entry has the same id."""

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CAPTURED = "CAPTURED"
        VOIDED = "VOIDED"
        EXPIRED = "EXPIRED"

    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, UPDATE (status, captured, ended_at, version, last_event_id)",
    }

    id = PublicIdField(prefix="txn", primary_key=True)
    # As with an entry, the foreign key in the database is on (account, currency).
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="holds", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    creditor_account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="holds_for"
    )
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    captured = models.BigIntegerField(null=True)  # minor units: all of it or less
    reference = models.CharField(max_length=140, default="")
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    placed_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    user = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, db_index=False)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="hold_amount_is_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="hold_captures_its_amount_at_most",
                condition=Q(status="CAPTURED", captured__gt=0, captured__lte=F("amount"))
                | (~Q(status="CAPTURED") & Q(captured__isnull=True)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"], name="hold_by_account"),
            models.Index(fields=["expires_at"], condition=Q(status="OPEN"), name="hold_by_expiry"),
        ]

    def present_status(self, now: datetime) -> str:
        """Return the status by the clock: a hold ends though no job ran."""
        return "EXPIRED" if self.status == "OPEN" and self.expires_at <= now else self.status


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


class ConsentAccount(models.Model):
    """An account in a consent: what the customer said about it, and why it is not in where it is not."""

    class State(models.TextChoices):
        INCLUDED = "included"
        OMITTED = "omitted"
        WITHDRAWN = "withdrawn"

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, UPDATE (state, reason, changed_at)"}

    consent = models.ForeignKey("oauth.Consent", on_delete=models.PROTECT, related_name="accounts")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="consents")
    state = models.CharField(max_length=9, choices=State)
    reason = models.CharField(max_length=64, default="")
    changed_at = models.DateTimeField(null=True)  # when it was taken out

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consent", "account"], name="consent_names_account_once"),
        ]
