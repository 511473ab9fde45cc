"""What a consent says about an account."""

from typing import ClassVar

from django.db import models


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
