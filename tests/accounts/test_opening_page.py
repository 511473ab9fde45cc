"""The page that opens an account: one for each form, however often it is sent."""

import threading
from typing import Any

import pytest
from django.db import connections

from accounts.models import Account, Customer
from bank.access.roles import SUPPORT
from tests.pages.conftest import Browser, cheap_hashing, make_person
from tests.support.customers import Someone, open_customer_for

__all__ = ["cheap_hashing"]  # a fixture

PAGE = "/account/accounts/new/"
FIELDS = {"name": "Holidays", "kind": "savings", "currency": "EUR"}


class Saver:
    """A customer, signed in."""

    def __init__(self) -> None:
        person, self.browser = make_person(), Browser()
        self.customer: Someone = open_customer_for(person.user)
        self.browser.sign_in(person)

    def form(self) -> dict[str, str]:
        """Look at the page, and return the form's own fields."""
        context = self.browser.get(PAGE).context
        token = str(context["csrf_token"])
        return {**FIELDS, "form_key": context["form_key"], "csrfmiddlewaretoken": token}

    def post(self, fields: dict[str, str]) -> Any:
        return self.browser.post(PAGE, fields, secure=True, headers={"referer": "https://testserver/"})

    @property
    def accounts(self) -> list[Account]:
        return list(Account.objects.filter(holders__customer_id=self.customer.customer_id))


@pytest.fixture
def saver(db: None) -> Saver:
    return Saver()


class TestOpening:
    def test_opens_an_account_of_ones_own(self, saver: Saver) -> None:
        answer = saver.post(saver.form())
        (account,) = saver.accounts
        assert answer["Location"] == f"/account/accounts/{account.id}/"
        assert (account.name, account.kind, account.currency) == ("Holidays", "savings", "EUR")
        assert "The account is open." in saver.browser.get(answer["Location"]).content.decode()

    def test_opens_one_for_a_form_sent_twice(self, saver: Saver) -> None:
        fields = saver.form()
        answers = [saver.post(fields)["Location"] for _ in range(2)]
        assert len(saver.accounts) == 1
        assert answers[0] == answers[1]

    def test_opens_another_for_another_form(self, saver: Saver) -> None:
        saver.post(saver.form())
        saver.post(saver.form())
        assert len(saver.accounts) == 2

    def test_takes_nothing_else_under_the_same_key(self, saver: Saver) -> None:
        fields = saver.form()
        saver.post(fields)
        assert saver.post({**fields, "name": "Other"}).status_code == 422
        assert len(saver.accounts) == 1

    @pytest.mark.parametrize("key", ["", "x" * 65, "a b", "\x00", "é"])
    def test_needs_a_key(self, saver: Saver, key: str) -> None:
        assert saver.post({**saver.form(), "form_key": key}).status_code == 400
        assert saver.accounts == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [("name", ""), ("name", "x" * 71), ("name", "4242 4242 4242 4242"), ("name", "a\u202eb"),
         ("name", "a\tb"), ("kind", "settlement"), ("currency", "XXX"), ("currency", "gbp")],
    )  # fmt: skip
    def test_says_beside_the_field_what_is_wrong(self, saver: Saver, name: str, value: str) -> None:
        page = saver.post({**saver.form(), name: value})
        assert (page.status_code, list(page.context["form"].errors)) == (422, [name])
        assert saver.accounts == []

    def test_says_why_the_bank_does_not(self, saver: Saver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("accounts.rules.OPEN_ACCOUNTS_AT_MOST", 1)
        saver.post(saver.form())
        page = saver.post(saver.form())
        assert "as many open accounts" in page.content.decode()
        Customer.objects.filter(id=saver.customer.customer_id).update(kyc_status="PENDING")
        assert "not yet verified" in saver.post(saver.form()).content.decode()
        assert len(saver.accounts) == 1

    def test_opens_with_the_same_form_once_the_bank_may(
        self, saver: Saver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fields = saver.form()
        with monkeypatch.context() as none_more:
            none_more.setattr("accounts.rules.OPEN_ACCOUNTS_AT_MOST", 0)
            assert saver.post(fields).status_code == 422
        saver.post(fields)
        assert len(saver.accounts) == 1

    def test_is_nothing_for_staff(self, db: None) -> None:
        browser = Browser()
        browser.sign_in(make_person(SUPPORT))
        assert browser.get(PAGE).status_code == 403


class TestRaces:
    def test_one_form_sent_by_many_at_once_opens_one_account(self, real_db: None) -> None:
        saver = Saver()
        fields, barrier = saver.form(), threading.Barrier(6)
        statuses: list[int] = []

        def send() -> None:
            barrier.wait()
            statuses.append(saver.post(fields).status_code)
            connections.close_all()

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [302] * 6
        assert len(saver.accounts) == 1
