"""Keys of service clients."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField


class ApiKey(models.Model):
    """A key a service of the bank or of a partner calls the API with; only its hash is kept.

    It acts for no person, so it reaches nothing that belongs to one.
    """

    id = PublicIdField(prefix="key", primary_key=True)
    service = models.CharField(max_length=64)  # the name of who calls, in limits and in the trail
    checksum = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)  # how the key begins, to tell one from another
    scopes = ArrayField(models.CharField(max_length=64))
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="api_key_ends_after_it_begins", condition=Q(expires_at__gt=F("created_at"))
            ),
            models.CheckConstraint(name="api_key_is_for_something", condition=Q(scopes__len__gt=0)),
        ]
        indexes: ClassVar = [models.Index(fields=["service"], name="api_key_by_service")]

    def __str__(self) -> str:
        return f"{self.service} {self.hint}…"
