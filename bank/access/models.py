"""IP rules: which networks may knock at all, and which may reach the admin."""

import ipaddress
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bank.public_ids import PublicIdField

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class CidrField(models.Field):  # type: ignore[type-arg]
    """A PostgreSQL cidr column: a network such as 203.0.113.0/24, with no host bits set."""

    def db_type(self, connection: Any) -> str:
        return "cidr"

    def from_db_value(self, value: Any, *_: Any) -> Network | None:
        return None if value is None else ipaddress.ip_network(str(value))

    def to_python(self, value: Any) -> Network | None:
        try:
            return None if value in (None, "") else ipaddress.ip_network(str(value))
        except ValueError as error:
            raise ValidationError(
                f"{value} is not a network such as 203.0.113.0/24", code="invalid"
            ) from error

    def get_prep_value(self, value: Any) -> Network | None:
        return self.to_python(value)


class IpRule(models.Model):
    """Allow or deny one network, for everything or for the admin alone, until a moment."""

    class Effect(models.TextChoices):
        ALLOW = "allow"
        DENY = "deny"

    class Scope(models.TextChoices):
        EVERYTHING = "everything"
        ADMIN = "admin"

    id = PublicIdField(prefix="ipr", primary_key=True)
    effect = models.CharField(max_length=5, choices=Effect)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.EVERYTHING)
    network = CidrField()
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey("oauth.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "IP rule"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ip_rule_is_allow_or_deny", condition=Q(effect__in=("allow", "deny"))
            ),
            models.CheckConstraint(
                name="ip_rule_is_for_everything_or_admin", condition=Q(scope__in=("everything", "admin"))
            ),
            # An allow list for everybody would lock all customers out with one row.
            models.CheckConstraint(
                name="ip_rule_allows_only_the_admin", condition=Q(effect="deny") | Q(scope="admin")
            ),
            models.UniqueConstraint(fields=["effect", "scope", "network"], name="ip_rule_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.network} ({self.scope})"
