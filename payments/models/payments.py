"""Payments: orders to move money and what became of them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bank.clock import BankNow
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField

_RETURNS = ["refund", "reversal", "return"]


class Payment(models.Model):
    """An order to move money. A refused one is kept too, with its ISO 20022 reason."""

    class Kind(models.TextChoices):
        INTERNAL = "internal"
        EXTERNAL = "external"
        FX = "fx"  # between two currencies, by a quote
        REFUND = "refund"  # the creditor gives back, all or a part
        REVERSAL = "reversal"  # the bank takes back what should not have been paid
        RETURN = "return"  # another bank sends back what it could not credit

    class Status(models.TextChoices):
        """ISO 20022 external payment transaction status codes."""

        RECEIVED = "RCVD"
        PENDING = "PDNG"  # the rail holds it for review
        IN_PROCESS = "ACSP"  # its money is set aside, it is with the rail
        SETTLED = "ACSC"
        COMPLETED = "ACCC"
        REJECTED = "RJCT"
        CANCELLED = "CANC"

    # Most end with the row that is written. One to another bank goes on, and the database says how
    # (payments/sql/rail.sql); what was ordered never changes, and nothing is removed.
    database_rights: ClassVar = {
        "bank_app": "SELECT, INSERT, "
        "UPDATE (status, reason_code, refusal, posting_id, version, last_event_id)",
    }

    id = PublicIdField(prefix="pay", primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=4, choices=Status)
    reason_code = models.CharField(max_length=4, default="")
    refusal = models.CharField(max_length=64, default="")  # the error's code: insufficient_funds …
    # That what a payment names is there, and stays, the database asks once a statement and not by a foreign
    # key, row by row (payments/sql/payment_names_each_once.sql).
    debtor_account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="payments_out",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    creditor_account = models.ForeignKey(
        "accounts.Account", null=True, on_delete=models.PROTECT, related_name="payments_in",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    creditor_name = EncryptedTextField(null=True)  # of an account at another bank
    creditor_iban = EncryptedTextField(null=True)
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=140, default="")
    end_to_end_id = models.CharField(max_length=35, default="")
    posting = models.OneToOneField(
        "accounts.Posting", null=True, on_delete=models.PROTECT, db_constraint=False
    )
    # What a refund or reversal gives back.
    original = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="returns",
        db_index=False,
        db_constraint=False,
    )
    # Who asked: the person, and the consent an app used.
    user = models.ForeignKey(
        "oauth.User", null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    consent = models.ForeignKey(
        "oauth.Consent", null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    uses_up_consent = models.BooleanField(default=False)  # the one payment of a consent to one
    fee = models.BigIntegerField(default=0, db_default=0)  # minor units, besides the amount
    # What the creditor got, in minor units of the other currency.
    fx_quote = models.ForeignKey(
        "payments.FxQuote", null=True, on_delete=models.PROTECT, related_name="payments",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    credited_amount = models.BigIntegerField(null=True)
    credited_currency = models.CharField(max_length=3, default="", db_default="")
    # The file it came in, and its place there from 1.
    batch = models.ForeignKey(
        "payments.PaymentBatch", null=True, on_delete=models.PROTECT, related_name="payments",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    batch_item = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(db_default=BankNow())
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["original"],
                condition=Q(kind="reversal", status="ACCC"),
                name="payment_is_reversed_once",
            ),
            models.UniqueConstraint(
                fields=["original"], condition=Q(kind="return"), name="payment_is_returned_once"
            ),
            models.CheckConstraint(
                name="only_a_return_has_an_original",
                condition=Q(kind__in=_RETURNS, original__isnull=False)
                | (~Q(kind__in=_RETURNS) & Q(original__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["consent"], condition=Q(uses_up_consent=True), name="consent_to_one_payment_pays_once"
            ),
            models.UniqueConstraint(
                fields=["fx_quote"],
                condition=Q(fx_quote__isnull=False, status="ACCC"),
                name="fx_quote_pays_once",
            ),
            models.CheckConstraint(
                name="exchange_is_by_a_quote",
                condition=~Q(kind="fx", status="ACCC")
                | Q(fx_quote__isnull=False, credited_amount__gt=0, credited_currency__regex="^[A-Z]{3}$"),
            ),
            models.CheckConstraint(name="payment_fee_is_never_negative", condition=Q(fee__gte=0)),
            models.UniqueConstraint(
                fields=["batch", "batch_item"],
                condition=Q(batch__isnull=False),
                name="batch_item_is_one_payment",
            ),
            models.CheckConstraint(
                name="payment_of_a_batch_has_its_place_there",
                condition=Q(batch__isnull=True, batch_item__isnull=True)
                | Q(batch__isnull=False, batch_item__gte=1),
            ),
            models.CheckConstraint(name="payment_amount_is_never_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="rejected_payment_has_a_reason",
                condition=(Q(status="RJCT") & ~Q(reason_code="")) | (~Q(status="RJCT") & Q(reason_code="")),
            ),
            models.CheckConstraint(
                name="completed_payment_is_posted",
                condition=~Q(status__in=["ACSC", "ACCC"]) | Q(posting__isnull=False),
            ),
            models.CheckConstraint(
                name="rejected_payment_is_not_posted",
                condition=Q(status__in=["ACSC", "ACCC"]) | Q(posting__isnull=True),
            ),
            models.CheckConstraint(
                name="only_a_payment_to_another_bank_waits",
                condition=Q(kind="external") | Q(status__in=["ACCC", "RJCT"]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["debtor_account", "-id"], name="payment_by_debtor"),
            models.Index(
                fields=["consent", "-id"], condition=Q(consent__isnull=False), name="payment_by_consent"
            ),
            models.Index(
                fields=["original"], condition=Q(original__isnull=False), name="payment_by_original"
            ),
        ]
