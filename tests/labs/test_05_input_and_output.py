"""Lab 5's attack at the bank: the API takes the payments, a page and a statement show them."""

import datetime as dt
import json
from typing import Any
from uuid import uuid4

import pytest

from accounts import queries, statements
from accounts.operations import make_statement
from labs.catalogue import Lab, find
from tests.pages.conftest import Browser
from tests.support.customers import BY, someone, staff
from tests.support.own_app import signed_in

LAB: Lab = find(5)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """One customer who pays from one account to another."""

    def __init__(self) -> None:
        self.person = someone()
        self.account, self.other = self.person.account("100.00"), self.person.account()
        self.app = signed_in(self.person.user)
        self.browser = Browser()
        self.browser.force_login(self.person.user)

    def pay(self, amount: str, reference: str) -> bool:
        body = (
            f'{{"debtor_account": "{self.account.id}", "creditor_account": "{self.other.id}",'
            f' "amount": {{{amount}, "currency": "GBP"}}, "reference": {json.dumps(reference)}}}'
        )
        headers = {"Idempotency-Key": uuid4().hex}
        answered = self.app.client.call("POST", "/v1/payments", self.app.token, body.encode(), headers)
        assert answered.status < 500
        return bool(answered.status == 201)

    def page(self) -> str:
        return str(self.browser.get(f"/account/accounts/{self.account.id}/").content.decode())

    def sheet(self) -> str:
        made = make_statement(self.account.id, dt.datetime.now(dt.UTC).date().replace(day=1), by=BY)
        statement = queries.get_statement(self.account.id, made.id, seen_by=staff())
        return b"".join(statements.pieces(statement, "csv")).decode()


class TestTheBank:
    def test_books_no_odd_amount_runs_no_script_and_writes_no_formula(self, db: None) -> None:
        assert SCRIPT.attack(Bank()) == []

    def test_shows_an_honest_reference_as_it_was_written(self, db: None) -> None:
        assert SCRIPT.honest(Bank()) == []

    @pytest.mark.parametrize("reference", SCRIPT.SCRIPTS[:2])
    def test_was_really_shown_the_script(self, db: None, reference: str) -> None:
        bank: Any = Bank()
        assert bank.pay('"amount": "0.01"', reference)
        assert reference in SCRIPT.Page(bank.page()).text
