"""Exact search over encrypted fields."""

from typing import Any

import pytest

from bank.crypto import blind_index
from bank.crypto.errors import PlaintextRefused
from tests.bank.crypto.conftest import master_key
from tests.bank.crypto.models import Person


@pytest.mark.usefixtures("people")
class TestBlindIndex:
    def test_finds_the_same_text(self) -> None:
        person = Person.objects.create(name="Alice@Example.com")
        assert Person.objects.get(name_index="Alice@Example.com") == person

    @pytest.mark.parametrize(
        "written", ["alice@example.COM", " Alice@Example.com ", "\uff21lice@Example.com"]
    )
    def test_finds_what_people_take_for_the_same(self, written: str) -> None:
        Person.objects.create(name="Alice@Example.com")
        assert Person.objects.filter(name_index=written).exists()

    def test_finds_an_iban_however_it_is_grouped(self) -> None:
        Person.objects.create(iban="GB29NWBK60161331926819")
        assert Person.objects.filter(iban_index="gb29 nwbk 6016 1331 9268 19").exists()

    def test_does_not_find_another_text(self) -> None:
        Person.objects.create(name="Alice")
        assert not Person.objects.filter(name_index="Alicia").exists()

    def test_follows_a_change(self) -> None:
        Person.objects.create(name="Alice")
        person = Person.objects.get()
        person.name = "Bob"
        person.save()
        assert Person.objects.filter(name_index="Bob").exists()
        assert not Person.objects.filter(name_index="Alice").exists()

    def test_stays_when_the_value_was_not_read(self) -> None:
        Person.objects.create(name="Alice")
        Person.objects.get().save()
        assert Person.objects.filter(name_index="Alice").exists()

    def test_is_null_when_the_value_is(self) -> None:
        assert Person.objects.create().name_index is None

    def test_refuses_a_save_that_would_leave_it_stale(self) -> None:
        person = Person.objects.create(name="Alice")
        person.name = "Bob"
        with pytest.raises(PlaintextRefused):
            person.save(update_fields=["name"])

    def test_refuses_text_in_place_of_the_digest(self) -> None:
        Person.objects.create(name="Alice")
        with pytest.raises(PlaintextRefused):
            Person.objects.update(name_index="Bob")

    def test_looks_different_in_two_columns(self) -> None:
        assert blind_index.digest("x", place="a.B.c") != blind_index.digest("x", place="a.B.d")

    def test_looks_different_under_another_master_key(self, settings: Any) -> None:
        before = blind_index.digest("x", place="a.B.c")
        settings.MASTER_KEYS = master_key("another")
        assert blind_index.digest("x", place="a.B.c") != before

    def test_finds_rows_of_both_keys_while_keys_rotate(self, settings: Any) -> None:
        Person.objects.create(name="Alice")
        settings.MASTER_KEYS = f"{master_key('newer')},{settings.MASTER_KEYS}"
        Person.objects.create(name="Alice")
        assert Person.objects.filter(name_index="Alice").count() == 2
