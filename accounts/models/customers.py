"""A person the bank knows."""

from typing import ClassVar

from django.db import models

from bank.clock import BankNow
from bank.crypto.blind_index import BlindIndexField
from bank.crypto.fields import DataKeyField, EncryptedDateField, EncryptedTextField
from bank.public_ids import PublicIdField


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
    created_at = models.DateTimeField(db_default=BankNow())
    erased_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email_index"], name="customer_email_is_unique"),
            models.CheckConstraint(
                name="erased_customer_is_nobody",
                condition=models.Q(erased_at__isnull=True)
                | models.Q(
                    data_key__isnull=True,
                    given_name__isnull=True,
                    family_name__isnull=True,
                    email__isnull=True,
                    email_index__isnull=True,
                    phone__isnull=True,
                    birth_date__isnull=True,
                    address__isnull=True,
                ),
            ),
        ]
