"""Whether two names are one person's, rule by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.names import NameMatch, compare_names, is_slip, words_of

WORDS = st.text("abcdeéßøłñ'- .", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("asked", "held", "expected"),
    [
        ("Alice Archer", "Alice Archer", "match"),
        ("ALICE  ARCHER", "Alice Archer", "match"),
        ("Ms. Alice Archer", "Alice Archer", "match"),
        ("Archer, Alice", "Alice Archer", "match"),
        ("José Muñoz-Ibáñez", "Jose Munoz Ibanez", "match"),
        ("Soren Ostergard", "Søren Østergård", "match"),
        ("Sean OBrien", "Seán O’Brien", "match"),
        ("A Archer", "Alice Archer", "close_match"),
        ("Alice Mary Archer", "Alice Archer", "close_match"),
        ("Alice Arche", "Alice Archer", "close_match"),
        ("Alice Acrher", "Alice Archer", "close_match"),
        ("Alicia Archer", "Alice Archer", "no_match"),
        ("Alise Archer", "Alice Archer", "close_match"),
        ("Maryann Lee", "Mary Ann Lee", "close_match"),
        ("Alise Arche", "Alice Archer", "no_match"),
        ("B Archer", "Alice Archer", "no_match"),
        ("Alice A", "Alice Archer", "no_match"),
        ("Archer", "Alice Archer", "no_match"),
        ("Ian Lee", "Iain Lea", "no_match"),
        ("Ann Lee", "Ant Lee", "no_match"),
        ("Bob Baker", "Alice Archer", "no_match"),
        ("Mr", "Mr", "no_match"),
        ("", "Alice Archer", "no_match"),
    ],
)
def test_each_rule(asked: str, held: str, expected: str) -> None:
    assert compare_names(asked, held) == expected


@given(name=WORDS, other=WORDS)
def test_is_the_same_both_ways_round_and_reflexive(name: str, other: str) -> None:
    assert compare_names(name, other) == compare_names(other, name)
    assert (compare_names(name, name) is NameMatch.MATCH) == bool(words_of(name))


@given(word=st.text("abcd", min_size=5, max_size=9), data=st.data())
def test_a_slip_is_one_edit(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    for edited in (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
    ):
        assert is_slip(word, edited)
    assert not is_slip(word, letter + word + letter)
