"""Lab 2's curiosity at the bank's API: other people's numbers, and more fields than a profile has."""

import json
from typing import Any

import pytest

from bank.public_ids import new
from labs.catalogue import Lab, find
from labs.wire import Answer
from tests.support.customers import Someone, someone
from tests.support.fapi_client import Reply
from tests.support.own_app import OwnApp, signed_in

LAB: Lab = find(2)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """Two customers with an account each."""

    def __init__(self) -> None:
        self.people: dict[str, Someone] = {name: someone() for name in ("alice", "bob")}
        self.account_of = {name: person.account("10.00").id for name, person in self.people.items()}
        self.unused = new("acc")
        self._apps: dict[str, OwnApp] = {name: signed_in(each.user) for name, each in self.people.items()}

    def account(self, user: str, number: str) -> Answer:
        return said(self._apps[user].get(f"/accounts/{number}"))

    def history(self, user: str, number: str) -> Answer:
        return said(self._apps[user].get(f"/accounts/{number}/transactions"))

    def change_profile(self, user: str, changes: dict[str, Any]) -> Answer:
        app = self._apps[user]
        return said(app.client.call("PATCH", "/v1/me", app.token, changes, {}))

    def everybody(self, user: str) -> Answer:
        return said(self._apps[user].get(f"/customers/{self.people['bob'].customer_id}"))


def said(reply: Reply) -> Answer:
    """Return an answer without what names this one request."""
    body = {name: value for name, value in reply.json.items() if name not in {"request_id", "instance"}}
    return Answer(reply.status, json.dumps(body))


@pytest.fixture
def bank(real_db: None) -> Bank:
    return Bank()


class TestTheBank:
    def test_shows_nobody_what_is_another_persons(self, bank: Bank) -> None:
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []

    def test_leaves_roles_as_they_were(self, bank: Bank) -> None:
        SCRIPT.attack(bank)
        user = bank.people["alice"].user
        user.refresh_from_db()
        assert user.roles == ["customer"]
