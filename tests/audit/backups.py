"""A copy of a log's whole database, put back where the database was: what restoring a backup does."""

import psycopg
from django.db import connections

from tests.audit.conftest import Log
from tests.support import plugin


def back_up(log: Log) -> str:
    """Copy the database, file by file; return the copy's name."""
    name = log.superuser_url.rpartition("/")[2]
    _as_superuser(
        f'DROP DATABASE IF EXISTS "{name}_backup"',
        f'CREATE DATABASE "{name}_backup" TEMPLATE "{name}" OWNER bank_owner',
    )
    return f"{name}_backup"


def restore(backup: str) -> None:
    """Put a copy back in the place of its database."""
    name = backup.removesuffix("_backup")
    _as_superuser(f'DROP DATABASE "{name}" WITH (FORCE)', f'ALTER DATABASE "{backup}" RENAME TO "{name}"')


def _as_superuser(*statements: str) -> None:
    connections.close_all()
    with psycopg.connect(plugin.services()["superuser_url"], autocommit=True) as superuser:
        for statement in statements:
            superuser.execute(statement.encode())
