"""The register of all data (GDPR, Article 30): every field of every table, declared by the app that owns it.

    declare(
        "accounts.Customer", purpose="to know whom the bank deals with", basis=Basis.LEGAL_DUTY,
        retention=CLOSED_CUSTOMER, subject="user", at_erasure=AtErasure.DESTROYED,
        personal={"given_name": Mask.INITIALS}, technical="id version", hidden="data_key",
    )

It stands in `<app>/personal_data.py`; `hidden` are the secrets. A field that no declaration names fails the
system checks, and so the build.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import autodiscover_modules

from bank.privacy.masks import Mask
from bank.privacy.words import AtErasure, Basis, Category, Retention

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: what kind of data it holds, and how it is shown by default."""

    name: str
    category: Category
    mask: Mask


@dataclass(frozen=True)
class Table:
    """One table: what it is for, and all its fields.

    `subject` is the lookup that leads from a row to the login of the person it is about; to its name where
    `subject_is` says so, and only as far as `only` does. `in_clear` says why a personal field is not
    encrypted, where one is not. `kept_because` says which law keeps it after erasure, `emptied` what a row is
    emptied to. `left_out` says why a person's export does not show it. `aged_by` is the moment from which the
    days of its retention count; where there is none, `ended_by`, its own or its retention's, says what ends
    its rows.
    """

    name: str
    purpose: str
    basis: Basis
    retention: Retention
    fields: tuple[Field, ...]
    subject: str = NOBODY
    at_erasure: AtErasure = AtErasure.NOBODY
    in_clear: str = ""
    kept_because: str = ""
    database: str = "default"
    subject_is: str = "id"
    only: Mapping[str, Any] = field(default_factory=dict)
    emptied: Mapping[str, Any] = field(default_factory=dict)
    left_out: str = ""
    aged_by: str = ""
    ended_by: str = ""

    @property
    def model(self) -> Any:
        """The Django model; raises LookupError for a table without one."""
        return apps.get_model(self.name)

    def rows_of(self, login: Any) -> Any:
        """Return the rows about the person behind a login."""
        rows = self.model.objects.using(self.database)
        return rows.filter(**{self.subject: getattr(login, self.subject_is)}, **self.only)

    def about_the_person(self) -> list[Field]:
        """Return the fields that are personal or financial."""
        return [f for f in self.fields if f.category in {Category.PERSONAL, Category.FINANCIAL}]

    def shown_to_the_person(self) -> list[Field]:
        """Return what the person is shown of a row of theirs: all but the secrets."""
        return [field for field in self.fields if field.category is not Category.SECRET]


_TABLES: dict[str, Table] = {}


def declare(
    name: str,
    *,
    purpose: str,
    basis: Basis = Basis.NO_PERSON,
    retention: Retention,
    personal: Mapping[str, Mask] | None = None,
    financial: Mapping[str, Mask] | None = None,
    technical: str = "",
    hidden: str = "",
    **more: Any,
) -> None:
    """Declare a model (`app.Model`) or a table without one (`schema.table`) and every field of it."""
    fields = [
        *(Field(field, Category.PERSONAL, mask) for field, mask in (personal or {}).items()),
        *(Field(field, Category.FINANCIAL, mask) for field, mask in (financial or {}).items()),
        *(Field(field, Category.TECHNICAL, Mask.SHOWN) for field in technical.split()),
        *(Field(field, Category.SECRET, Mask.NEVER) for field in hidden.split()),
    ]
    if name in _TABLES or len({field.name for field in fields}) != len(fields):
        raise ValueError(f"{name} is declared twice, or one of its fields is")
    _TABLES[name] = Table(name, purpose, basis, retention, tuple(fields), **more)


def tables() -> list[Table]:
    """Return every declared table, by name."""
    _load()
    return [_TABLES[name] for name in sorted(_TABLES)]


def table(name: str) -> Table:
    """Return one declared table; raises KeyError."""
    _load()
    return _TABLES[name]


def models() -> list[Table]:
    """Return the declared tables that are Django models, the unmanaged ones included."""
    known = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    return [table for table in tables() if table.name in known]


def check_register(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Return an Error for each field nobody declared, and for each declaration of what does not exist."""
    return [Error(message, id="privacy.E001") for message in _gaps()]


def _gaps() -> Iterator[str]:
    declared = {table.name: {field.name for field in table.fields} for table in tables()}
    for model in apps.get_models(include_auto_created=True):
        label, real = model._meta.label, {field.name for field in model._meta.concrete_fields}
        for name in sorted(real - declared.get(label, set())):
            yield f"{label}.{name} is declared in no personal_data.py: say what it is, why, and how long"
        for name in sorted(declared.get(label, set()) - real):
            yield f"{label}.{name} is declared, but there is no such field"


@cache
def _load() -> None:
    autodiscover_modules("personal_data")
