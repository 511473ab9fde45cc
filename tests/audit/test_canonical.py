"""Canonical JSON: the fast way writes what the reference writes."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import canonical
from tests.support.examples import examples

text = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda children: (
        st.lists(children) | st.dictionaries(st.text(st.characters(max_codepoint=127)), children)
    ),
)
around: list[Callable[[Any], Any]] = [
    lambda value: [value],
    lambda value: ["y", value],
    lambda value: [True, value, {"b": "1.0"}],
    lambda value: {"a": value},
    lambda value: {"a": 1, "b": value, "c": "2"},
]
PATIENT = settings(  # a machine may be busy
    max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class TestCanonical:
    @PATIENT
    @given(plain)
    def test_writes_what_the_reference_writes(self, value: object) -> None:
        assert canonical.dumps(value) == rfc8785.dumps(value)

    @PATIENT
    @given(plain)
    def test_reads_what_it_wrote(self, value: object) -> None:
        assert canonical.loads(canonical.dumps(value)) == value

    @pytest.mark.parametrize("value", [1.5, 2**53, {"é": 1}, {1: 2}, "\ud800", b"x", {1, 2}])
    def test_refuses_what_has_more_than_one_form(self, value: object) -> None:
        with pytest.raises(canonical.NotCanonical):
            canonical.dumps(value)

    @pytest.mark.parametrize(
        "data",
        [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"1.0", b"1e2", b'"\\u0041"', b"", b"[" * 3000],
    )
    def test_refuses_bytes_that_are_not_the_one_form(self, data: bytes) -> None:
        with pytest.raises(canonical.NotCanonical):
            canonical.loads(data)

    @PATIENT
    @given(st.floats(allow_nan=False, allow_infinity=False), st.lists(st.sampled_from(around), max_size=4))
    def test_refuses_a_fraction_wherever_it_stands(
        self, value: Any, wraps: list[Callable[[Any], Any]]
    ) -> None:
        for wrap in wraps:
            value = wrap(value)
        with pytest.raises(canonical.NotCanonical):
            canonical.loads(orjson.dumps({"in": value}, option=orjson.OPT_SORT_KEYS))

    @PATIENT
    @given(st.dictionaries(st.text(st.characters(max_codepoint=127)), plain))
    def test_reads_every_object_it_wrote(self, value: dict[str, object]) -> None:
        assert canonical.loads(canonical.dumps(value)) == value
