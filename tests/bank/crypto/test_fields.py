"""Encrypted fields on real rows."""

import datetime
import json
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Value

from bank.crypto.data_keys import DataKey
from bank.crypto.errors import CannotOpen, KeyDestroyed, PlaintextRefused
from bank.crypto.fields import Sealed
from tests.bank.crypto.conftest import master_key
from tests.bank.crypto.models import Note, Person


def alice() -> Person:
    """Return a saved person with something in every field."""
    return Person.objects.create(
        name="Alice Ärger-Łódź",
        iban="GB29NWBK60161331926819",
        born_on=datetime.date(1990, 2, 28),
    )


@pytest.mark.usefixtures("people")
class TestEncryptedField:
    def test_gives_back_what_was_saved(self) -> None:
        alice()
        found = Person.objects.get()
        assert (found.name, found.iban) == ("Alice Ärger-Łódź", "GB29NWBK60161331926819")
        assert found.born_on == datetime.date(1990, 2, 28)

    def test_keeps_null_as_null(self) -> None:
        Person.objects.create()
        assert Person.objects.get().name is None
        assert Person.objects.filter(name__isnull=True).exists()

    def test_leaves_nothing_readable_in_the_table(self, raw: Any) -> None:
        alice()
        for column, secret in [("name", "Alice"), ("iban", "GB29"), ("born_on", "1990")]:
            assert secret.encode() not in raw(column)

    def test_is_no_pickle(self) -> None:
        alice()
        person = Person.objects.get()
        field = Person._meta.get_field("name")
        assert json.loads(field.to_content(person.name)) == person.name

    def test_opens_only_when_it_is_read(self) -> None:
        alice()
        found = Person.objects.get()
        assert isinstance(found.__dict__["name"], Sealed)
        assert found.name == "Alice Ärger-Łódź"
        assert found.__dict__["name"] == "Alice Ärger-Łódź"
        assert isinstance(found.__dict__["iban"], Sealed)

    def test_stays_closed_in_values(self) -> None:
        alice()
        assert repr(Person.objects.values_list("name", flat=True).get()) == "<sealed>"

    def test_can_be_deferred(self) -> None:
        alice()
        found = Person.objects.only("id").get()
        assert found.name == "Alice Ärger-Łódź"

    def test_saves_a_change_and_leaves_the_unread_as_it_was(self, sealed_in: Any) -> None:
        person = alice()
        found = Person.objects.get()
        before = sealed_in(person, "iban")
        found.name = "Bob"
        found.save()
        assert Person.objects.get().name == "Bob"
        assert sealed_in(person, "iban") == before

    def test_is_sealed_by_bulk_create(self, raw: Any) -> None:
        Person.objects.bulk_create([Person(name="Carol")])
        assert b"Carol" not in raw("name")
        assert Person.objects.get().name == "Carol"

    def test_survives_refresh_from_db(self) -> None:
        person = alice()
        Person.objects.get().save()
        person.refresh_from_db()
        assert person.name == "Alice Ärger-Łódź"

    def test_of_a_related_row_uses_that_persons_key(self) -> None:
        person = alice()
        Note.objects.create(person=person, text="owes nothing")
        assert Note.objects.select_related("person").get().text == "owes nothing"


@pytest.mark.usefixtures("people")
class TestNothingWritesPlaintext:
    def test_update_refuses(self) -> None:
        alice()
        with pytest.raises(PlaintextRefused):
            Person.objects.update(name="Mallory")

    def test_bulk_update_refuses(self) -> None:
        person = alice()
        person.name = "Mallory"
        with pytest.raises(PlaintextRefused):
            Person.objects.bulk_update([person], ["name"])

    def test_an_expression_is_refused_by_the_database(self) -> None:
        alice()
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.update(name=Value("Mallory"))

    def test_sql_is_refused_by_the_database(self) -> None:
        alice()
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE crypto_tests.person SET name = 'Mallory'")

    def test_a_filter_on_the_value_is_refused(self) -> None:
        with pytest.raises(FieldError):
            Person.objects.filter(name="Alice").exists()

    def test_a_dump_of_fixtures_is_refused(self) -> None:
        alice()
        with pytest.raises(PlaintextRefused):
            serializers.serialize("json", Person.objects.all())


@pytest.mark.usefixtures("people")
class TestCiphertextBelongsToItsPlace:
    def test_copied_to_another_row_does_not_open(self, sealed_in: Any) -> None:
        first, second = alice(), alice()
        Person.objects.filter(pk=second.pk).update(iban=sealed_in(first, "iban"))
        with pytest.raises(CannotOpen):
            _ = Person.objects.get(pk=second.pk).iban

    def test_copied_to_another_column_does_not_open(self) -> None:
        person = alice()
        Person.objects.filter(pk=person.pk).update(nickname=F("name"))
        with pytest.raises(CannotOpen):
            _ = Person.objects.get(pk=person.pk).nickname

    def test_copied_to_another_table_does_not_open(self, sealed_in: Any) -> None:
        person = alice()
        note = Note.objects.create(person=person, text="x")
        Note.objects.filter(pk=note.pk).update(text=sealed_in(person, "name"))
        with pytest.raises(CannotOpen):
            _ = Note.objects.get(pk=note.pk).text

    def test_moved_with_its_data_key_to_another_row_does_not_open(self, sealed_in: Any) -> None:
        first, second = alice(), alice()
        Person.objects.filter(pk=second.pk).update(
            name=sealed_in(first, "name"), data_key=sealed_in(first, "data_key")
        )
        with pytest.raises(CannotOpen):
            _ = Person.objects.get(pk=second.pk).name

    def test_in_an_object_saved_under_a_new_key_is_refused(self) -> None:
        alice()
        copy = Person.objects.get()
        copy.pk = Person().pk
        copy._state.adding = True
        with pytest.raises(CannotOpen):
            copy.save(force_insert=True)


@pytest.mark.usefixtures("people")
class TestDataKey:
    def test_is_made_with_the_row_and_differs_for_each(self) -> None:
        assert isinstance(alice().data_key, DataKey)
        assert alice().data_key != alice().data_key

    def test_is_kept_wrapped(self, raw: Any) -> None:
        person = alice()
        assert person.data_key.secret not in raw("data_key")

    def test_is_not_shown(self) -> None:
        key = alice().data_key
        assert repr(key.secret) not in repr(key)

    def test_destroyed_erases_what_it_sealed_and_nothing_else(self) -> None:
        person, other = alice(), alice()
        Person.objects.filter(pk=person.pk).update(data_key=None)
        with pytest.raises(KeyDestroyed):
            _ = Person.objects.get(pk=person.pk).name
        assert Person.objects.get(pk=other.pk).name == "Alice Ärger-Łódź"

    def test_opens_after_the_master_key_was_exchanged(self, settings: Any) -> None:
        alice()
        settings.MASTER_KEYS = f"{master_key('newer')},{settings.MASTER_KEYS}"
        person = Person.objects.get()
        assert person.name == "Alice Ärger-Łódź"
        assert person.iban == "GB29NWBK60161331926819"

    def test_saved_again_is_wrapped_by_the_new_master_key(self, settings: Any) -> None:
        alice()
        settings.MASTER_KEYS = f"{master_key('newer')},{settings.MASTER_KEYS}"
        person = Person.objects.get()
        _ = person.data_key, person.iban
        person.save()
        settings.MASTER_KEYS = master_key("newer")
        person = Person.objects.get()
        assert (person.name, person.iban) == ("Alice Ärger-Łódź", "GB29NWBK60161331926819")
