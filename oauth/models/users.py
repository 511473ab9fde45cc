"""Logins."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property

from bank.access.roles import STAFF_ROLES, permissions_of
from bank.privacy import erasures
from bank.public_ids import PublicIdField

if TYPE_CHECKING:
    from oauth.models.break_glass import BreakGlass


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


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]
    """A login: a name, a password hash and the roles held. No personal data: that is the Customer's."""

    id = PublicIdField(prefix="usr", primary_key=True)
    username = models.CharField(max_length=64, unique=True)
    roles = ArrayField(models.CharField(max_length=32), default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    restricted_at = models.DateTimeField(null=True)  # since when the person's data is restricted (Art. 18)
    restriction_ground = models.CharField(max_length=16, default="")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.username

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **more: Any) -> "User":
        """Return the login as it is kept; if its erasure is in the ledger, as one that does not work."""
        user: User = super().from_db(db, field_names, values, **more)
        if erasures.is_erased(user.id):
            user.is_active = False
        return user

    @property
    def permissions(self) -> frozenset[str]:
        """What the roles held allow (bank/access/roles.py), and that of an emergency while it is in force."""
        if not self.is_active:
            return frozenset()
        glass = self.break_glass
        return permissions_of([*self.roles, glass.role] if glass else self.roles)

    @cached_property
    def break_glass(self) -> "BreakGlass | None":
        """The emergency access in force when this was first asked; by the database's clock alone.

        Only staff can have one: for customers nothing is asked.
        """
        from oauth.models.break_glass import BreakGlass

        if not self.is_staff:
            return None
        in_force = BreakGlass.objects.filter(user_id=self.id, ended_at=None, ends_at__gt=Now())
        return in_force.order_by("-ends_at").first()

    @property
    def is_staff(self) -> bool:
        """Whether the admin opens at all; each page then asks for its own permission."""
        return not STAFF_ROLES.isdisjoint(self.roles)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return perm in self.permissions

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
