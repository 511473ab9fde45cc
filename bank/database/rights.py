"""The rights of each PostgreSQL role, granted anew after every migration.

Migrations run as the owner; the application connects as `bank_app`, the audit sealer as `bank_sealer`, proofs
and the audit viewer as `bank_reader`. A model that may not be changed at will says so beside its fields:

    database_rights = {"bank_app": "SELECT, INSERT"}

Everything else is open to `bank_app` for SELECT, INSERT, UPDATE and DELETE, and to nobody for TRUNCATE.
"""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import Model

ROLES = ("bank_app", "bank_sealer", "bank_reader")
DEFAULT_RIGHTS = {"bank_app": "SELECT, INSERT, UPDATE, DELETE"}
OWNER_ONLY_TABLES = {"django_migrations": {"bank_app": "SELECT"}}


def rights_of(model: type[Model]) -> dict[str, str]:
    """Return the rights each role has on a model's table."""
    return getattr(model, "database_rights", DEFAULT_RIGHTS)


def apply_rights(*, using: str = "default", **_: Any) -> None:
    """Revoke everything from the bank's roles, then grant what the models name."""
    statements = [f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {', '.join(ROLES)}"]
    statements += [f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}"]
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            statements += _grants(model._meta.db_table, rights_of(model))
    for table, rights in OWNER_ONLY_TABLES.items():
        statements += _grants(table, rights)
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _grants(table: str, rights: dict[str, str]) -> list[str]:
    name = table if table.startswith('"') else f'"{table}"'
    return [f"GRANT {what} ON {name} TO {role}" for role, what in rights.items() if what]
