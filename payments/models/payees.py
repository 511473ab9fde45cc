"""Payees a customer keeps: whom they pay, and what the last check of the name said."""

from typing import ClassVar

from django.db import models

from bank.clock import BankNow
from bank.crypto.blind_index import BlindIndexField, compact
from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField


class Payee(models.Model):
    """A name and an account number, encrypted under the key of the customer who keeps them."""

    class Check(models.TextChoices):
        """What a check of the name against the account's holder can say."""

        MATCH = "match"
        CLOSE = "close_match"
        NONE = "no_match"
        NOT_AVAILABLE = "not_available"  # the other bank did not answer, or cannot

    id = PublicIdField(prefix="pye", primary_key=True)
    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="payees")
    name = EncryptedTextField(key_from="customer.data_key", null=True)
    iban = EncryptedTextField(key_from="customer.data_key", null=True)
    iban_index = BlindIndexField(of="iban", normalise=compact)
    check_result = models.CharField(max_length=13, choices=Check)
    checked_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=BankNow())
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "iban_index"], name="customer_keeps_an_account_number_once"
            ),
            models.CheckConstraint(
                name="payee_check_says_one_of_four",
                condition=models.Q(check_result__in=["match", "close_match", "no_match", "not_available"]),
            ),
        ]
