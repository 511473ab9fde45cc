"""A confirmation counts in the session that asked for it, and in no other of the same person."""

import threading
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections, transaction

from accounts.models import Customer
from bank.access.roles import SUPPORT
from oauth.errors import ConfirmationOver
from oauth.models import Confirmation
from oauth.operations import confirmations
from oauth.operations.confirmations import (
    ask_confirmation,
    check_confirmation,
    note_wrong_factor,
    take_confirmation,
)
from oauth.pages.confirming import WORDS
from privacy.models import Unmasking
from tests.oauth.threads import all_at_once
from tests.pages.conftest import PASSWORD, Browser, Person, cheap_hashing, make_person
from tests.pages.test_passkeys import add_passkey, answer, options_on
from tests.payments.approving import Asking
from tests.payments.test_send_money import CONFIRM, NEW, Payer
from tests.support import signed_in
from tests.support.customers import open_customer_for, someone
from tests.support.fapi_client import DjangoTransport, hidden_fields
from tests.support.fapi_client import Person as Visitor

__all__ = ["cheap_hashing"]  # a fixture
DIGEST = "d" * 64
# Where the bank and allauth remember a code that was used: the tests sign in more often than a code is new.
USED = ("code-used:{user}:", "allauth.mfa.totp.used?user={user}&code=")
REFERER = {"referer": "https://testserver/"}


def post(browser: Browser, path: str, **fields: str) -> Any:
    """Post fields that a page of this browser did not show, with a token of this browser."""
    fields["csrfmiddlewaretoken"] = str(browser.get("/account/").context["csrf_token"])
    return browser.post(path, fields, secure=True, headers=REFERER)


def code_of(person: Person) -> str:
    """Return a right one-time code that nobody used."""
    for code in (person.code(step) for step in (-1, 0, 1)):
        cache.delete_many([f"{name.format(user=person.user.id)}{code}" for name in USED])
    return person.code()


def another_browser(person: Person) -> Browser:
    """Sign the same person in once more, elsewhere."""
    browser = Browser()
    code_of(person)
    browser.sign_in(person)
    assert browser.get("/account/").status_code == 200
    return browser


@pytest.fixture
def payer(db: None) -> Payer:
    return Payer()


class Question:
    """A payment to be confirmed, as the page of its own session shows it."""

    def __init__(self, payer: Payer) -> None:
        self.payer, self.page = payer, payer.look()
        self.id = self.page.context["asked"].id

    def answered_by(self, browser: Browser, **changes: str) -> Any:
        """Bring this question's id, what it is about and a right code from a browser."""
        fields = {**self.payer.fields(), "confirmation": self.id, "code": code_of(self.payer.person)}
        return post(browser, CONFIRM, **{**fields, **changes})

    def row(self) -> Confirmation:
        return Confirmation.objects.get(id=self.id)


def is_told_to_look_again(browser: Browser, answered: Any) -> bool:
    assert (answered.status_code, answered["Location"]) == (302, NEW)
    return str(WORDS[ConfirmationOver]) in browser.get(NEW).content.decode()


class TestAnotherSessionOfThePerson:
    def test_pays_nothing_and_is_told_to_look_again(self, payer: Payer) -> None:
        question, elsewhere = Question(payer), another_browser(payer.person)
        assert is_told_to_look_again(elsewhere, question.answered_by(elsewhere))
        assert payer.paid == []

    def test_leaves_the_question_to_the_session_that_asked(self, payer: Payer) -> None:
        question, elsewhere = Question(payer), another_browser(payer.person)
        question.answered_by(elsewhere)
        question.answered_by(elsewhere, amount="99.00")
        for _ in range(3):
            question.answered_by(elsewhere, code="000000")
        assert (question.row().outcome, question.row().failures) == ("", 0)
        done = question.answered_by(payer.browser)
        assert done["Location"].startswith("/account/payments/pay_")
        assert payer.paid == [1250]

    def test_uses_no_passkey_that_signed_in_the_first(self, payer: Payer) -> None:
        payer.browser.send("/account/security/confirm/code/", {"code": code_of(payer.person)})
        key = add_passkey(payer.browser)
        question, elsewhere = Question(payer), another_browser(payer.person)
        signed = key.get(options_on(question.page))
        fields = {**payer.fields(), "confirmation": question.id}
        assert is_told_to_look_again(elsewhere, answer(elsewhere, CONFIRM, signed, **fields))
        assert payer.paid == []
        done = answer(payer.browser, CONFIRM, signed, **fields)
        assert done["Location"].startswith("/account/payments/pay_")

    def test_grants_an_app_nothing(self, db: None) -> None:
        asking = Asking()
        url = asking.page(asking.payment())
        page = asking.browser.decide(url, accounts=[asking.debtor.id])
        asked = hidden_fields(page.text)["confirmation"]
        elsewhere = Visitor(DjangoTransport(asking.browser.transport.origin))
        signed_in.enter(elsewhere.transport.browser, asking.person.user)  # type: ignore[attr-defined]
        own_page = elsewhere.decide(url, accounts=[asking.debtor.id])
        brought = {"code": asking.next_code(), "confirmation": asked}
        assert elsewhere.submit(url, brought, page=own_page).status == 422
        assert asking.confirm(url, page).status == 303

    def test_of_staff_sees_no_field_in_clear(self, db: None) -> None:
        clerk, browser, customer = make_person(SUPPORT, totp=True), Browser(), someone().customer_id
        browser.sign_in(clerk)
        path = f"/staff/customers/{customer}/unmask/"
        wanted = {"field": "phone", "purpose": "complaint", "case_number": "CASE-4711"}
        asked = browser.send(path, wanted).context["asked"].id
        elsewhere = another_browser(clerk)
        token = str(elsewhere.send(path, wanted).context["csrf_token"])
        brought = {**wanted, "confirmation": asked, "code": code_of(clerk), "csrfmiddlewaretoken": token}
        refused = elsewhere.post(f"{path}show/", brought, secure=True, headers=REFERER)
        assert refused.status_code == 422
        assert str(WORDS[ConfirmationOver]) in refused.content.decode()
        assert not Unmasking.objects.filter(customer=customer).exists()

    def test_erases_nobody(self, real_db: None) -> None:
        person, browser = make_person(totp=True), Browser()
        customer = open_customer_for(person.user).customer_id
        browser.sign_in(person)
        asked = browser.get("/account/data/erase/").context["asked"].id
        elsewhere = another_browser(person)
        refused = post(elsewhere, "/account/data/erase/", confirmation=asked, code=code_of(person))
        assert refused.status_code == 422
        assert str(WORDS[ConfirmationOver]) in refused.content.decode()
        assert Customer.objects.get(id=customer).erased_at is None


class TestTheTrail:
    @pytest.fixture
    def attempts(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any, str]]:
        """What is told to the trail of answers; it is written all the same."""
        real, seen = confirmations.record_attempt, []

        def record_attempt(kind: str, **event: Any) -> Any:
            seen.append((kind, event["target"], event["reason"]))
            return real(kind, **event)

        monkeypatch.setattr(confirmations, "record_attempt", record_attempt)
        return seen

    def test_is_told_of_each_answer_from_another_session(self, payer: Payer, attempts: list[Any]) -> None:
        question, elsewhere = Question(payer), another_browser(payer.person)
        question.answered_by(elsewhere)
        assert attempts == [("confirmation.denied", ("confirmation", question.id), "another_session")]

    @pytest.mark.parametrize("brought", ["", "no id", "cnf_00000000000000000000000000"])
    def test_is_told_nothing_of_what_is_no_question(
        self, payer: Payer, attempts: list[Any], brought: str
    ) -> None:
        Question(payer).answered_by(payer.browser, confirmation=brought)
        assert attempts == []

    def test_is_told_nothing_of_ones_own_that_is_over_or_of_no_session(
        self, payer: Payer, attempts: list[Any]
    ) -> None:
        question = Question(payer)
        question.answered_by(payer.browser)
        question.answered_by(payer.browser)
        Confirmation.objects.filter(id=question.id).update(session=None)
        question.answered_by(payer.browser)
        assert (attempts, payer.paid) == ([], [1250])


class TestTheSession:
    def test_may_answer_under_a_new_key(self, payer: Payer) -> None:
        question, before = Question(payer), payer.browser.session.session_key
        new = "another quiet harbour"
        fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        assert payer.browser.send("/account/security/password/", fields).status_code == 302
        assert payer.browser.session.session_key != before
        question.answered_by(payer.browser)
        assert payer.paid == [1250]

    def test_that_ended_left_nothing_to_the_next(self, payer: Payer) -> None:
        question = Question(payer)
        payer.browser.send("/logout/")
        code_of(payer.person)
        payer.browser.sign_in(payer.person)
        assert is_told_to_look_again(payer.browser, question.answered_by(payer.browser))
        assert payer.paid == []

    def test_is_asked_again_for_what_was_asked_before_sessions_were_kept(self, payer: Payer) -> None:
        question = Question(payer)
        Confirmation.objects.filter(id=question.id).update(session=None)
        assert is_told_to_look_again(payer.browser, question.answered_by(payer.browser))
        assert payer.paid == []
        assert Question(payer).answered_by(payer.browser)["Location"].startswith("/account/payments/pay_")


class TestWhoeverActsInNoSession:
    def test_cannot_answer_even_what_was_asked_in_none(self, db: None) -> None:
        by = someone().actor
        asked = ask_confirmation(digest=DIGEST, by=by)
        with pytest.raises(ConfirmationOver):
            check_confirmation(asked.id, digest=DIGEST, by=by)
        with pytest.raises(ConfirmationOver):
            note_wrong_factor(asked.id, by=by)
        with pytest.raises(ConfirmationOver), transaction.atomic():
            take_confirmation(asked.id, digest=DIGEST, by=by)


class TestRaces:
    def test_of_two_sessions_at_once_the_one_that_asked_pays_once(self, real_db: None) -> None:
        payer = Payer()
        question, elsewhere = Question(payer), another_browser(payer.person)
        tokens = {
            browser: str(browser.get("/account/").context["csrf_token"])
            for browser in (payer.browser, elsewhere)
        }
        code, barrier = code_of(payer.person), threading.Barrier(2)
        ways: dict[Browser, str] = {}

        def bring(browser: Browser) -> None:
            fields = {**payer.fields(), "confirmation": question.id, "code": code}
            fields["csrfmiddlewaretoken"] = tokens[browser]
            barrier.wait()
            ways[browser] = browser.post(CONFIRM, fields, secure=True, headers=REFERER)["Location"]
            connections.close_all()

        threads = [threading.Thread(target=bring, args=[browser]) for browser in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (ways[payer.browser].startswith("/account/payments/pay_"), ways[elsewhere]) == (True, NEW)
        assert payer.paid == [1250]

    def test_one_session_many_times_at_once_takes_it_once(self, real_db: None) -> None:
        by = signed_in.in_session(someone().actor)
        asked = ask_confirmation(digest=DIGEST, by=by)

        def take() -> bool:
            try:
                with transaction.atomic():
                    take_confirmation(asked.id, digest=DIGEST, by=by)
            except ConfirmationOver:
                return False
            return True

        assert sorted(all_at_once(4, take)) == [False, False, False, True]
