"""The tests' own tables, in the database of this process."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from bank.crypto.fields import Sealed


def master_key(name: str) -> str:
    """Return `name:base64` of a key that looks random and is the same in every run."""
    return f"{name}:{base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()}"


@pytest.fixture(scope="session")
def _tables(superuser_url: str, django_db_blocker: Any) -> None:
    from django.db import connection

    from tests.bank.crypto.models import Note, Person

    with django_db_blocker.unblock():
        editor = connection.schema_editor(collect_sql=True)
        statements = [editor.table_sql(model)[0] for model in (Person, Note)]
        connection.close()
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        superuser.execute("CREATE SCHEMA crypto_tests")
        for statement in statements:
            superuser.execute(statement)
        superuser.execute("GRANT USAGE ON SCHEMA crypto_tests TO bank_app")
        superuser.execute("GRANT ALL ON ALL TABLES IN SCHEMA crypto_tests TO bank_app")


@pytest.fixture
def people(_tables: None, db: None) -> Iterator[type]:
    """The model whose rows these tests write; rolled back."""
    from tests.bank.crypto.models import Person

    return Person


@pytest.fixture
def raw(people: type) -> Any:
    """Read a column's bytes as the database keeps them."""
    from django.db import connection

    def read(column: str, table: str = "person") -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT "{column}" FROM crypto_tests."{table}" LIMIT 1')  # noqa: S608 - the test's own names
            return bytes(cursor.fetchone()[0])

    return read


@pytest.fixture
def sealed_in(people: type) -> Any:
    """Return the closed box of a column of a row."""

    def read(row: Any, column: str) -> Sealed:
        return type(row).objects.values_list(column, flat=True).get(pk=row.pk)

    return read
