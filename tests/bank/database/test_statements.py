"""Statements composed once do what the models' own would."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from bank.database import statements
from bank.database.statements import Part, Select, insert
from oauth.models import User


def by_name(name: str) -> User | None:
    return Select[User]((Part(User, "u"),), "FROM oauth_user u WHERE u.username = %s").first([name])


class TestSelect:
    def test_reads_what_the_model_reads(self, db: None) -> None:
        made = User.objects.create_user("statement-reader", "x", roles=["customer"])
        found = by_name("statement-reader")
        assert found is not None
        expected = User.objects.get(pk=made.pk)
        for field in User._meta.concrete_fields:
            assert getattr(found, field.attname) == getattr(expected, field.attname)

    def test_finds_nothing_where_nothing_is(self, db: None) -> None:
        assert by_name("nobody-of-this-name") is None

    def test_treats_what_is_asked_for_as_a_value(self, db: None) -> None:
        assert by_name("' OR ''='") is None


class Mood(models.TextChoices):
    GOOD = "good"


PLAIN_VALUES = [
    (models.CharField(), ["", "some", Mood.GOOD, None]),
    (models.TextField(), ["some", None]),
    (models.BooleanField(), [True, False, None]),
    (models.IntegerField(), [0, -1, None]),
    (models.BigIntegerField(), [2**40, None]),
    (models.DateTimeField(), [datetime(2026, 11, 29, 1, 2, 3, 4, tzinfo=UTC), None]),
]


class TestPlainFields:
    """Their values skip Django on the way to PostgreSQL."""

    @pytest.mark.parametrize(("field", "values"), PLAIN_VALUES, ids=lambda each: type(each).__name__)
    def test_are_written_as_django_writes_them(self, db: None, field: Any, values: list[Any]) -> None:
        assert [field.get_db_prep_save(value, connection) for value in values] == values
        with connection.cursor() as cursor:
            for value in values:
                cursor.execute(f"SELECT %s::{field.db_type(connection) or 'text'}", [value])
                assert cursor.fetchone() == (value,)

    def test_are_all_there_are(self) -> None:
        assert {type(field) for field, _ in PLAIN_VALUES} == statements._PLAIN

    def test_are_not_those_that_say_something_themselves(self) -> None:
        for field in (
            models.DateTimeField(auto_now=True),
            models.DateTimeField(auto_now_add=True),
            Prefixed(),
        ):
            assert not statements._is_plain(field)


class Prefixed(models.CharField):  # type: ignore[type-arg]
    """A field with a form of its own in the database."""


class TestInsert:
    def test_keeps_the_row_and_reads_back_what_the_database_filled_in(self, db: None) -> None:
        user = User(username="statement-writer", roles=["customer"])
        insert(user)
        kept = User.objects.get(username="statement-writer")
        assert (kept.pk, kept.roles, kept.created_at) == (user.pk, ["customer"], user.created_at)

    def test_makes_a_row_that_can_be_saved_again(self, db: None) -> None:
        user = User(username="statement-saved", roles=[])
        insert(user)
        user.roles = ["customer"]
        user.save()
        assert User.objects.get(username="statement-saved").roles == ["customer"]

    def test_is_refused_by_the_databases_own_rules(self, db: None) -> None:
        insert(User(username="statement-once", roles=[]))
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(User(username="statement-once", roles=[]))
        assert connection.is_usable()
