"""What was signed, kept so that nobody can deny it later."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField


class SignedMessage(models.Model):
    """A signed request, or the bank's signed answer to one (RFC 9421): added, never changed.

    The base holds an access token: it is sealed. `digest` stands in the audit event of the message.
    """

    class Kind(models.TextChoices):
        REQUEST = "request"
        RESPONSE = "response"

    id = PublicIdField(prefix="msg", primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind)
    client = models.ForeignKey("oauth.Client", on_delete=models.PROTECT, related_name="+")
    answers = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="answer")
    box = models.BinaryField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT"}

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="signed_message_answers_if_it_is_a_response",
                condition=Q(kind="request", answers__isnull=True) | Q(kind="response", answers__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
