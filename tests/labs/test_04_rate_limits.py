"""Lab 4's attack at the bank's own sign-in: real pages, PostgreSQL and the shared cache."""

from typing import Any

from django.db import connections

from bank.access.rate_limits import DOORS
from labs.catalogue import Lab, find
from tests.pages.conftest import Browser, Person, cheap_hashing, make_person

__all__ = ["cheap_hashing"]
LAB: Lab = find(4)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """People who gave their password and are asked for the code of their app."""

    most_tries = int(DOORS["second_factor"].rates["user"].partition("/")[0])

    def __init__(self) -> None:
        self.people: dict[str, Person] = {name: make_person(totp=True) for name in ("alice", "bob")}
        self.waiting: dict[str, Browser] = {name: self._password(name) for name in self.people}

    def _password(self, name: str) -> Browser:
        browser, person = Browser(), self.people[name]
        browser.send("/login/", {"login": person.user.username, "password": person.password})
        return browser

    def guess(self, name: str, code: str, number: int = 1) -> int:
        there = Browser(address=f"203.0.113.{number}")
        there.cookies = self.waiting[name].cookies.copy()
        try:
            answer = there.send("/login/code/", {"code": code})
            if answer.status_code == 302:
                return int(SCRIPT.IN)
            return int(SCRIPT.TOO_MANY if "Too many tries" in answer.content.decode() else SCRIPT.WRONG)
        finally:
            connections.close_all()

    def code_of(self, name: str) -> str:
        return self.people[name].code()


class TestTheBank:
    def test_judges_no_more_guesses_than_it_allows(self, real_db: None, settings: Any) -> None:
        settings.RATE_LIMIT_FACTOR = 1  # as in production
        bank = Bank()
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []
