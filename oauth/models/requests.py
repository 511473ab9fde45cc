"""Authorization requests that apps pushed and people have not decided yet."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from bank.crypto.fields import EncryptedTextField
from bank.public_ids import PublicIdField


class PushedAuthorizationRequest(models.Model):
    """What an app asked for (RFC 9126), and what of it was shown to whom.

    The `request_uri` is kept hashed. The decision is bound to this row: it uses up the request, and only the
    person whom the page was shown to, with exactly that page, can decide.
    """

    id = PublicIdField(prefix="par", primary_key=True)
    client = models.ForeignKey("oauth.Client", on_delete=models.CASCADE, related_name="+")
    reference_checksum = models.CharField(max_length=64, unique=True)
    parameters = models.JSONField()
    authorization_details = EncryptedTextField(null=True)  # JSON (RFC 9396): it may name a payee
    dpop_jkt = models.CharField(max_length=64, blank=True, default="")
    shown_to = models.ForeignKey("oauth.User", null=True, on_delete=models.CASCADE, related_name="+")
    shown_digest = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="pushed_request_by_expiry")]

    def __str__(self) -> str:
        return str(self.id)
