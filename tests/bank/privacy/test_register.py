"""Every column of the database is declared: what it is, why it is there, how long, and how it is shown."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import isolate_apps

from bank.crypto.fields import KeyedField
from bank.privacy import register
from bank.privacy.masks import Mask, masked
from bank.privacy.words import AtErasure, Basis, Category
from oauth.models import User

_COLUMNS = """
    SELECT nspname, relname, attname FROM pg_attribute
      JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname IN ('public', 'audit') AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
       AND relname <> 'django_migrations'
"""
# Sealed by their own rooms, not by a field of the model.
SEALED_BY_HAND = {
    "bank_idempotency.IdempotencyRecord.answer",
    "oauth.SignedMessage.box",
    "audit.opening.box",
}


def declared_columns() -> set[tuple[str, str, str]]:
    """Return schema, table and column of every declared field."""
    models_by_label = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    found = set()
    for table in register.tables():
        model = models_by_label.get(table.name)
        for field in table.fields:
            place = model._meta.db_table.replace('"', "") if model else table.name
            column = model._meta.get_field(field.name).column if model else field.name
            schema, _, name = place.rpartition(".")
            found.add((schema or "public", name, column))
    return found


class TestRegister:
    def test_names_every_field_of_every_model_and_no_other(self) -> None:
        assert [message.msg for message in register.check_register()] == []

    @isolate_apps("accounts")
    def test_says_which_field_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Person(models.Model):
            nickname = models.TextField()

            class Meta:
                app_label = "accounts"

        monkeypatch.setattr(register.apps, "get_models", lambda **_: [Person])
        said = [message.msg for message in register.check_register()]
        assert any(
            text.startswith("accounts.Person.nickname is declared in no personal_data.py") for text in said
        )

    def test_says_which_declaration_is_stale(self, monkeypatch: pytest.MonkeyPatch) -> None:
        customer = register.table("accounts.Customer")
        ghost = register.Field("shoe_size", Category.PERSONAL, Mask.HIDDEN)
        changed = register.Table(**{
            **{name: getattr(customer, name) for name in customer.__dataclass_fields__},
            "fields": (*customer.fields, ghost),
        })  # fmt: skip
        monkeypatch.setitem(register._TABLES, customer.name, changed)
        assert "accounts.Customer.shoe_size is declared, but there is no such field" in {
            message.msg for message in register.check_register()
        }

    def test_refuses_to_declare_a_field_twice(self) -> None:
        with pytest.raises(ValueError, match="declared twice"):
            register.declare(
                "x.Y",
                purpose="p",
                retention=register.table("oauth.User").retention,
                technical="a",
                hidden="a",
            )

    @pytest.mark.django_db
    def test_names_every_column_of_the_database_and_no_other(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_COLUMNS)
            real = set(cursor.fetchall())
        assert ("audit", "opening", "box") in real
        assert real == declared_columns()


class TestDeclarations:
    def test_a_table_about_a_person_says_why_and_what_erasure_does(self) -> None:
        for table in register.tables():
            if table.subject:
                assert table.basis is not Basis.NO_PERSON, table.name
                assert table.at_erasure is not AtErasure.NOBODY, table.name

    def test_what_is_kept_after_erasure_names_the_law(self) -> None:
        for table in register.tables():
            if table.at_erasure is AtErasure.KEPT:
                assert table.kept_because.startswith("Art. 17(3)"), table.name

    def test_what_is_about_a_person_and_not_encrypted_says_why(self) -> None:
        bare = [
            f"{table.name}.{field.name}"
            for table in register.models()
            for field in table.fields
            if field.category is Category.PERSONAL
            and not isinstance(table.model._meta.get_field(field.name), KeyedField)
            and f"{table.name}.{field.name}" not in SEALED_BY_HAND
            and not table.in_clear
        ]
        assert bare == []

    def test_every_encrypted_field_is_personal_or_secret(self) -> None:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, KeyedField):
                    declared = register.table(model._meta.label).fields
                    assert field.name in {f.name for f in declared if f.category is not Category.TECHNICAL}

    def test_subjects_are_lookups_that_exist(self) -> None:
        login = User(username="nobody")
        for table in register.models():
            if table.subject:
                str(table.rows_of(login).query)

    def test_what_the_clock_ends_says_by_which_moment_or_by_what(self) -> None:
        for table in register.tables():
            if table.retention.days:
                assert table.aged_by or table.ended_by or table.retention.ended_by, table.name
            if table.aged_by:
                assert table.retention.days, table.name
                table.model._meta.get_field(table.aged_by)

    def test_what_is_emptied_says_to_what(self) -> None:
        for table in register.models():
            if table.at_erasure is AtErasure.BLANKED and table.name != "oauth.User":
                about = {f.name for f in table.fields if f.category is Category.PERSONAL}
                assert about <= set(table.emptied), table.name


class TestMasks:
    @pytest.mark.parametrize(
        ("mask", "shown"),
        [
            (Mask.SHOWN, "alice@harbour.example"),
            (Mask.INITIALS, "a••••••"),
            (Mask.EMAIL, "a••••@h••••.example"),
            (Mask.TAIL, "•••• mple"),
            (Mask.LAST_TWO, "•••• le"),
            (Mask.HIDDEN, "••••"),
            (Mask.NEVER, "••••"),
        ],
    )
    def test_show_as_much_as_they_say(self, mask: Mask, shown: str) -> None:
        assert masked("alice@harbour.example", mask) == shown

    def test_show_nothing_as_a_dash(self) -> None:
        assert {masked(None, mask) for mask in Mask} == {"–"}
