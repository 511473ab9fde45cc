"""Lab 12's moves in the bank's own table: made by a superuser, with the wrapped data keys as well."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from accounts.models import Customer
from bank.crypto.errors import CannotOpen
from labs.catalogue import Lab, find
from tests.support.customers import someone

LAB: Lab = find(12)  # type: ignore[assignment]
SCRIPT = LAB.script()
FIELDS = {"nickname": "given_name", "address": "address", "tax_number": "phone"}
Place = tuple[str, str]


class Bank:
    """Two customers, and somebody who can write to their table and has no key."""

    def __init__(self, superuser_url: str) -> None:
        self._url = superuser_url
        self.people = {name: someone() for name in ("alice", "bob")}
        self.secrets = {
            (name, field): self.shown(name, field)
            for name in self.people
            for field in ("nickname", "address")
        }
        self.secrets["alice", "tax_number"] = self.shown("alice", "tax_number")

    @contextmanager
    def moved(self, source: Place, target: Place) -> Iterator[None]:
        """Copy a box and the key it was sealed with."""
        column, key = FIELDS[target[1]], "data_key"
        kept = self._row(target[0], column, key)
        self._write(target[0], column, key, self._row(source[0], FIELDS[source[1]], key))
        yield
        self._write(target[0], column, key, kept)

    def shown(self, person: str, field: str) -> str:
        try:
            return str(getattr(Customer.objects.get(id=self.people[person].customer_id), FIELDS[field]))
        except CannotOpen:
            return ""

    def _row(self, person: str, column: str, key: str) -> tuple[object, ...]:
        query = f"SELECT {column}, {key} FROM accounts_customer WHERE id = %s"  # noqa: S608 - names of FIELDS
        with psycopg.connect(self._url) as connection:
            return tuple(connection.execute(query, [self._id(person)]).fetchone() or ())

    def _write(self, person: str, column: str, key: str, values: tuple[object, ...]) -> None:
        query = f"UPDATE accounts_customer SET {column} = %s, {key} = %s WHERE id = %s"  # noqa: S608 - names of FIELDS
        with psycopg.connect(self._url) as connection:
            connection.execute(query, [*values, self._id(person)])

    def _id(self, person: str) -> object:
        field = Customer._meta.pk
        return field.get_db_prep_value(self.people[person].customer_id, connection=None)


class TestTheBank:
    def test_opens_no_box_in_another_place(self, real_db: None, superuser_url: str) -> None:
        bank = Bank(superuser_url)
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []
