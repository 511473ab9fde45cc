"""What kind of bank a database was made for: written by its first migration, believed ever after.

Demo users have known passwords. A database that was ever a sandbox's is never production's, and a sandbox's
commands never run on production's; both are seen here, whatever the rows say.
"""

from typing import Any

from django.conf import settings
from django.db import connection, connections

WRITE = "INSERT INTO bank_database_mark (environment) VALUES (%s) ON CONFLICT DO NOTHING"


def write_mark(*, using: str = "default", **_: Any) -> None:
    """Note under which environment this database was migrated."""
    with connections[using].cursor() as cursor:
        cursor.execute(WRITE, [settings.ENVIRONMENT])


def environments_of() -> set[str]:
    """Return the environments this database was ever migrated under: none before its first migration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bank_database_mark')")
        if cursor.fetchone() == (None,):
            return set()
        cursor.execute("SELECT environment FROM bank_database_mark")
        return {environment for (environment,) in cursor.fetchall()}
