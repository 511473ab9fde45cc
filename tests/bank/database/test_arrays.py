"""Arrays written by hand: PostgreSQL reads back what went in."""

from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank.database import arrays
from tests.support.examples import examples

ANY_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


def read_back(array: str, kind: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}", [array])
        found: list[object] = cursor.fetchone()[0]
        return found


class TestArrays:
    @given(st.lists(ANY_TEXT))
    @settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
    def test_of_whatever_text(self, db: None, values: list[str]) -> None:
        assert read_back(arrays.texts(values), "text[]") == values

    @pytest.mark.parametrize("word", ["NULL", "", " ", "{}", ",", '"', "\\", 'a","b', "\\N", "\n", "•"])
    def test_of_text_that_means_something_to_an_array(self, db: None, word: str) -> None:
        assert read_back(arrays.texts([word, word]), "text[]") == [word, word]

    def test_of_ids_and_numbers(self, db: None) -> None:
        ids = [uuid4(), None, UUID(int=0)]
        assert read_back(arrays.uuids(ids), "uuid[]") == ids
        assert read_back(arrays.numbers([-1, 0, 2**62]), "bigint[]") == [-1, 0, 2**62]
        assert read_back(arrays.uuids([]), "uuid[]") == read_back(arrays.numbers([]), "int[]") == []
        assert read_back(arrays.uuids_of([0, 2**127 + 1]), "uuid[]") == [UUID(int=0), UUID(int=2**127 + 1)]
