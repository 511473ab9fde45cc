"""Statements composed once do what the models' own would."""

import pytest
from django.db import IntegrityError, connection, transaction

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
