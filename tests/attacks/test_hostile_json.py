"""Bodies that a lenient parser accepts, or dies of: all refused, none a 500."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank.errors import BankError
from bank.wire.parsers import HOSTILE_TEXT, MAX_DEPTH, parse_object
from tests.bank.conftest import Caller
from tests.bank.test_problems import problem
from tests.support.examples import examples

GOOD = {"amount": {"amount": "10.00", "currency": "GBP"}}


def nested(levels: int) -> str:
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


BODIES = {
    "a duplicate name": ('{"reference":"a","reference":"b"}', "/reference", "repeated"),
    "a duplicate name deep inside": (
        '{"amount":{"amount":"1","amount":"1000","currency":"GBP"}}',
        "/amount/amount",
        "repeated",
    ),
    "a duplicate written with an escape": ('{"a":1,"\\u0061":2}', "/a", "repeated"),
    "NaN": ('{"amount":NaN}', "", "not_json"),
    "Infinity": ('{"amount":Infinity}', "", "not_json"),
    "minus Infinity": ('{"amount":-Infinity}', "", "not_json"),
    "a number too large for a float": ('{"amount":1e400}', "", "number_too_long"),
    "a number of 5,000 digits": ('{"amount":' + "9" * 5000 + "}", "", "number_too_long"),
    "an array": ("[1]", "", "not_an_object"),
    "a text": ('"x"', "", "not_an_object"),
    "null": ("null", "", "not_an_object"),
    "a number": ("5", "", "not_an_object"),
    "nothing but space": ("  ", "", "not_json"),
    "two objects": ("{}{}", "", "not_json"),
    "a trailing comma": ('{"a":1,}', "", "not_json"),
    "a comment": ('{"a":1}//x', "", "not_json"),
    "single quotes": ("{'a':1}", "", "not_json"),
    "100,000 brackets would be, but for the size, 30,000 of them": ("[" * 30_000, "", "too_deep"),
    "30,000 braces": ('{"a":' * 10_000, "", "too_deep"),
    "one level too deep": (nested(MAX_DEPTH + 1), "/a" * MAX_DEPTH, "too_deep"),
    "a NUL": ('{"reference":"a\\u0000b"}', "/reference", "forbidden_character"),
    "a raw control character": ('{"reference":"a\x01b"}', "", "not_json"),
    "a raw DEL": ('{"reference":"a\x7fb"}', "/reference", "forbidden_character"),
    "a line feed for the log": ('{"reference":"a\\nb"}', "/reference", "forbidden_character"),
    "text turned around": ('{"reference":"a\\u202eb"}', "/reference", "forbidden_character"),
    "an isolate": ('{"reference":"\u2066a\u2069"}', "/reference", "forbidden_character"),
    "a zero-width space": ('{"reference":"a\u200bb"}', "/reference", "forbidden_character"),
    "a filler nobody sees": ('{"reference":"\u3164"}', "/reference", "forbidden_character"),
    "a joiner nobody sees": ('{"reference":"a\u034fb"}', "/reference", "forbidden_character"),
    "a byte order mark inside": ('{"reference":"\ufeffa"}', "/reference", "forbidden_character"),
    "half a surrogate pair": ('{"reference":"\\ud800"}', "/reference", "forbidden_character"),
    "a hostile name": ('{"refer\\u202eence":"a"}', "", "forbidden_character"),
}


class TestParsing:
    @pytest.mark.parametrize("name", BODIES)
    def test_refuses(self, caller: Caller, name: str) -> None:
        body, pointer, code = BODIES[name]
        answered = problem(caller.send("/v1/echo", body), 400)
        assert answered["code"] == "invalid_json"
        assert (answered["errors"][0]["pointer"], answered["errors"][0]["code"]) == (pointer, code)

    def test_refuses_a_hundred_thousand_brackets_without_falling(self, caller: Caller, settings: Any) -> None:
        settings.MAX_BODY_BYTES = 200_000
        problem(caller.send("/v1/echo", "[" * 100_000), 400)

    def test_reads_sixteen_levels(self) -> None:
        assert parse_object(nested(MAX_DEPTH).encode())

    def test_refuses_bytes_that_are_no_utf8(self, caller: Caller) -> None:
        body = b'{"reference":"\xff\xfe"}'
        assert problem(caller.send("/v1/echo", body), 400)["errors"][0]["code"] == "not_utf8"

    def test_refuses_a_leading_byte_order_mark(self, caller: Caller) -> None:
        problem(caller.send("/v1/echo", b"\xef\xbb\xbf" + json.dumps(GOOD).encode()), 400)

    def test_accepts_the_ordinary(self, caller: Caller) -> None:
        body = {**GOOD, "reference": "Miete Dezember, Café 東京 🏠"}
        assert caller.send("/v1/echo", json.dumps(body, ensure_ascii=False)).json() == body

    @settings(max_examples=examples(300), deadline=None)
    @given(st.binary(max_size=400))
    def test_any_bytes_are_read_or_refused(self, body: bytes) -> None:
        with contextlib.suppress(BankError):
            assert isinstance(parse_object(body), dict)

    # Four letters are fillers that nobody sees.
    letters = st.text(st.characters(categories=["L", "N"], exclude_characters="\u115f\u1160\u3164\uffa0"))
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | letters,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdefgh"), inner, max_size=3),
        max_leaves=8,
    )

    @settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.dictionaries(letters, json_values, max_size=4))
    def test_ordinary_objects_survive_unchanged(self, value: dict[str, Any]) -> None:
        assert parse_object(json.dumps(value).encode()) == value

    texts = st.text("a \x7f\n\u00ad\u00e9\u200b\u3164\ud800\U0001f3e0", max_size=6)

    @settings(max_examples=examples(300), deadline=None)
    @given(texts, st.sampled_from(["", "\n\t"]), st.booleans(), st.booleans())
    def test_a_hostile_text_is_refused_however_it_is_written(
        self, text: str, space: str, is_name: bool, is_escaped: bool
    ) -> None:
        """As a name or a value, raw or escaped, in one line or in many."""
        written = json.dumps(text, ensure_ascii=is_escaped).encode("utf-8", "surrogatepass")
        body = b"{%b:1}" % written if is_name else b'{"a":[{"b":%b}]}' % written
        refused = pytest.raises(BankError) if HOSTILE_TEXT.search(text) else contextlib.nullcontext()
        with refused:
            parse_object(space.encode() + body)


class TestContentType:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json; charset=utf-16",
            "application/json; charset=utf-7",
            "application/json; charset=bz2_codec",
            "application/json; charset=rot13",
            "application/json; charset=idna",
            "application/json; charset=latin-1",
            "application/json; boundary=x",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "text/json",
            "application/xml",
            "application/*",
            "*/*",
            "json",
            "a" * 5000,
        ],
    )
    def test_is_json_in_utf8_or_refused(self, caller: Caller, content_type: str) -> None:
        problem(caller.send("/v1/echo", json.dumps(GOOD), content_type), 415)

    def test_is_needed(self, caller: Caller) -> None:
        response = caller.generic("POST", "/v1/echo", json.dumps(GOOD), content_type="")
        problem(response, 415)

    @pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
    def test_may_say_utf8(self, caller: Caller, charset: str) -> None:
        assert (
            caller.send("/v1/echo", json.dumps(GOOD), f"application/json; charset={charset}").status_code
            == 200
        )


AMOUNTS = [
    "1_000", "1,000.00", "1e2", "+1", "-1", "-0", " 1", "1 ", "1\u00a0", "\uff11\uff10", "\u0661\u0660",
    "\u0967", "01", "00", ".5", "5.", "1.00000", "1" * 14, "", "0x10", "NaN", "Infinity", "1/2",
    "\u00bd", "1\u200b0",     "10.00\n",
    10, 10.0, 1e2, True, None, [], {}, ["10.00"], {"amount": "10"},
]  # fmt: skip


class TestAmounts:
    @pytest.mark.parametrize("amount", AMOUNTS, ids=repr)
    def test_refuses_whatever_is_not_plain_digits(self, caller: Caller, amount: Any) -> None:
        body = json.dumps({"amount": {"amount": amount, "currency": "GBP"}}, ensure_ascii=False)
        pointers = [error["pointer"] for error in problem(caller.send("/v1/echo", body), 400)["errors"]]
        assert pointers == ["/amount/amount"]

    @pytest.mark.parametrize("amount", ["0", "0.01", "10", "10.00", "9999999999999.9999"])
    def test_accepts_plain_digits(self, caller: Caller, amount: str) -> None:
        body = {"amount": {"amount": amount, "currency": "GBP"}}
        assert caller.send("/v1/echo", json.dumps(body)).json() == body

    @pytest.mark.parametrize(
        "currency", ["gbp", "GB", "GBPX", "\uff27\uff22\uff30", "G P", "", 826, None, "GBP "]
    )
    def test_refuses_what_is_no_currency_code(self, caller: Caller, currency: Any) -> None:
        body = json.dumps({"amount": {"amount": "1", "currency": currency}})
        assert problem(caller.send("/v1/echo", body), 400)["errors"][0]["pointer"] == "/amount/currency"


class TestFields:
    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            ({"status": "ACCC"}, "/status", "unknown"),
            ({"id": "pay_1"}, "/id", "unknown"),
            ({"__class__": "x"}, "/__class__", "unknown"),
            ({"a/b~c": 1}, "/a~1b~0c", "unknown"),
            ({"reference": 5}, "/reference", "wrong_type"),
            ({"reference": True}, "/reference", "wrong_type"),
            ({"reference": ["x"]}, "/reference", "wrong_type"),
            ({"reference": None}, "/reference", "null"),
            ({"reference": " x"}, "/reference", "space_at_end"),
            ({"reference": "x" * 36}, "/reference", "max_length"),
            ({"copies": "1"}, "/copies", "invalid"),
            ({"copies": True}, "/copies", "invalid"),
            ({"copies": 1.0}, "/copies", "invalid"),
            ({"amount": "10.00"}, "/amount", "wrong_type"),
            ({"amount": []}, "/amount", "wrong_type"),
            ({"amount": {"amount": "1", "currency": "GBP", "minor": 1}}, "/amount/minor", "unknown"),
        ],
    )
    def test_are_of_the_declared_type_and_no_other(
        self, caller: Caller, change: dict[str, Any], pointer: str, code: str
    ) -> None:
        errors = problem(caller.send("/v1/echo", json.dumps({**GOOD, **change})), 400)["errors"]
        assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]

    def test_a_missing_number_is_not_zero(self, caller: Caller) -> None:
        assert "copies" not in caller.send("/v1/echo", json.dumps(GOOD)).json()
