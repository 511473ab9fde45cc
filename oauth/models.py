"""Logins, apps, consents and what DOT keeps of grants and tokens (all five of its models swapped)."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from oauth2_provider import models as dot

from bank.access.roles import STAFF_ROLES, permissions_of
from bank.public_ids import PublicIdField


class UserManager(BaseUserManager["User"]):
    """Makes logins; who may hold which role is decided by the caller."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Return a new login with a hashed password."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """A login: a name, a password hash and the roles held. No personal data: that is the Customer's."""

    id = PublicIdField(prefix="usr", primary_key=True)
    username = models.CharField(max_length=64, unique=True)
    roles = ArrayField(models.CharField(max_length=32), default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.username

    @property
    def permissions(self) -> frozenset[str]:
        """What the roles held allow (bank/access/roles.py)."""
        return permissions_of(self.roles) if self.is_active else frozenset()

    @property
    def is_staff(self) -> bool:
        """Whether the admin opens at all; each page then asks for its own permission."""
        return not STAFF_ROLES.isdisjoint(self.roles)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return perm in self.permissions

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Client(dot.AbstractApplication):
    """An app that may ask for tokens (RFC 6749 client), registered with the keys it authenticates with."""

    token_endpoint_auth_method = models.CharField(max_length=32, default="private_key_jwt")
    client_jwks = models.JSONField(default=dict)
    client_jwks_uri = models.URLField(blank=True, default="")
    require_pushed_authorization_requests = models.BooleanField(default=True)
    scopes = ArrayField(models.CharField(max_length=64), default=list)
    first_party = models.BooleanField(default=False)
    organisation = models.CharField(max_length=120, blank=True, default="")
    purpose = models.CharField(max_length=200, blank=True, default="")
    homepage = models.URLField(blank=True, default="")
    privacy_notice = models.URLField(blank=True, default="")
    is_active = models.BooleanField(default=True)

    class Meta(dot.AbstractApplication.Meta):
        swappable = ""


class Consent(models.Model):
    """What a person allowed an app, until when: the core model; tokens are only keys to it."""

    class Kind(models.TextChoices):
        ACCOUNT_ACCESS = "account_access"
        PAYMENT = "payment"
        RECURRING = "recurring"
        FUNDS_CONFIRMATION = "funds_confirmation"

    class Status(models.TextChoices):
        """UK Open Banking v4 / ISO 20022 external status codes."""

        AWAITING_AUTHORISATION = "AWAU"
        AUTHORISED = "AUTH"
        REJECTED = "RJCT"
        CANCELLED = "CANC"
        EXPIRED = "EXPD"
        CONSUMED = "COND"

    id = PublicIdField(prefix="con", primary_key=True)
    kind = models.CharField(max_length=32, choices=Kind, default=Kind.ACCOUNT_ACCESS)
    status = models.CharField(max_length=4, choices=Status, default=Status.AWAITING_AUTHORISATION)
    client = models.ForeignKey("oauth.Client", on_delete=models.PROTECT, related_name="consents")
    user = models.ForeignKey("oauth.User", on_delete=models.PROTECT, related_name="consents")
    permissions = ArrayField(models.CharField(max_length=64), default=list)
    scope = models.TextField()
    authorization_details = models.JSONField(default=list)
    shown_digest = models.CharField(max_length=64)
    acr = models.CharField(max_length=64, blank=True, default="")
    auth_time = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    last_event_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="consent_ends_after_it_begins", condition=Q(expires_at__gt=models.F("created_at"))
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "status"], name="consent_by_user")]
