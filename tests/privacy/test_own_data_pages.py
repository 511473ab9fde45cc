"""The page of one's own data: what it hands out or opens again wants a fresh second factor, as at the API."""

import json
import re
import threading
from typing import Any

import pytest
import time_machine
from django.db import connections

from accounts.models import Customer
from bank import clock
from bank.errors import Conflict
from oauth.errors import ConfirmationOver
from oauth.models import Confirmation
from privacy import operations, queries
from privacy.models import DataExport
from privacy.operations.exports import make_export
from privacy.pages import erased_words
from tests.pages.conftest import Browser, Person, cheap_hashing, make_person
from tests.pages.test_passkeys import add_passkey, answer, confirm, options_on
from tests.support.customers import Someone, open_customer_for

__all__ = ["cheap_hashing"]  # a fixture

DATA, EXPORTS = "/account/data/", "/account/data/exports/"
RESTRICT, LIFT, ERASE = (
    "/account/data/restriction/",
    "/account/data/restriction/lift/",
    "/account/data/erase/",
)
WHERE_TO_GET_ONE = "Add a passkey or one-time codes"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are made where a test says so."""
    monkeypatch.setattr("privacy.operations.exports._hint", lambda export_id: None)


class Visitor:
    """A customer signed in at the pages, whose use of data is restricted and whose copy is ready."""

    def __init__(self, *, totp: bool = True) -> None:
        self.person: Person = make_person(totp=totp)
        self.browser = Browser()
        self.customer: Someone = open_customer_for(self.person.user)
        self.browser.sign_in(self.person)
        self.download = self.ready_copy()
        self.export_id = self.download.split("/")[-2]
        operations.restrict("accuracy", by=self.customer.actor)

    def confirm(self, path: str, page: Any, **fields: str) -> Any:
        """Answer what a page asks, by a code of the next half minute unless another is named."""
        code = fields.pop("code", None) or self.person.code(step=1)
        return self.post(path, **{"confirmation": page.context["asked"].id, "code": code, **fields})

    def post(self, path: str, **fields: str) -> Any:
        fields["csrfmiddlewaretoken"] = str(self.browser.get(DATA).context["csrf_token"])
        return self.browser.post(path, fields, secure=True, headers={"referer": "https://testserver/"})

    def ready_copy(self) -> str:
        """Make another copy, and return where it is taken away."""
        export = operations.request_export(by=self.customer.actor)
        assert make_export(export.id)
        return f"{EXPORTS}{export.id}/"

    def steps(self) -> list[str]:
        return [EXPORTS, self.download, LIFT, ERASE]

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was asked for, handed out, lifted or erased."""
        self.person.user.refresh_from_db()
        return (
            DataExport.objects.filter(customer_id=self.customer.customer_id).count() == 1
            and self.person.user.restricted_at is not None
            and Customer.objects.get(id=self.customer.customer_id).erased_at is None
        )


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the copies that were handed out."""
    seen: list[str] = []
    real = operations.exports.record

    def record(kind: str, **event: Any) -> Any:
        if kind == "privacy.export_read":
            seen.append(event["target"][1])
        return real(kind, **event)

    monkeypatch.setattr("privacy.operations.exports.record", record)
    return seen


@pytest.fixture
def visitor(real_db: None, settings: Any, tmp_path: Any) -> Visitor:
    settings.ERASURE_LEDGER = str(tmp_path / "ledger")
    return Visitor()


class TestWithASecondFactor:
    def test_a_copy_is_asked_for(self, visitor: Visitor) -> None:
        assert visitor.confirm(EXPORTS, visitor.browser.get(EXPORTS))["Location"] == DATA
        assert len(queries.list_exports(owned_by=visitor.customer.actor)) == 2

    def test_a_copy_is_handed_out(self, visitor: Visitor, read: list[str]) -> None:
        page = visitor.browser.get(visitor.download)
        assert f'href="{DATA}"' in page.content.decode()
        assert read == []
        taken = visitor.confirm(visitor.download, page)
        assert json.loads(taken.content)["tables"]
        assert f'filename="{visitor.export_id}.json"' in taken["Content-Disposition"]
        assert "no-store" in taken["Cache-Control"]
        assert read == [visitor.export_id]

    def test_a_restriction_is_lifted(self, visitor: Visitor) -> None:
        page = visitor.browser.get(LIFT)
        assert "Something in it is wrong" in page.content.decode()
        assert visitor.confirm(LIFT, page)["Location"] == DATA
        visitor.person.user.refresh_from_db()
        assert visitor.person.user.restricted_at is None
        assert Confirmation.objects.get(user=visitor.person.user).outcome == Confirmation.Outcome.GIVEN
        assert "Your data may be used again." in visitor.browser.get(DATA).content.decode()

    def test_a_customer_is_erased(self, visitor: Visitor) -> None:
        done = visitor.confirm(ERASE, visitor.browser.get(ERASE))
        assert "You are erased" in done.content.decode()
        assert Customer.objects.get(id=visitor.customer.customer_id).erased_at
        assert visitor.browser.get(DATA).status_code == 302

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", ["Your payees", "unreadable: its key is destroyed", "Your payments"]),
            ("fr", ["Vos bénéficiaires", "illisible", "Vos paiements"]),
        ],
    )
    def test_reads_what_is_gone_and_what_is_kept(
        self, visitor: Visitor, language: str, words: list[str]
    ) -> None:
        visitor.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        page = visitor.confirm(ERASE, visitor.browser.get(ERASE)).content.decode()
        for word in words:
            assert word in page
        assert not re.search(r"\b[a-z_]+\.[A-Z][A-Za-z]+\b|20[0-9]{2}-[0-9]{2}-[0-9]{2}", page)

    def test_reads_words_for_every_table_there_is(self, db: None) -> None:
        told = operations.erasure.answer_of(clock.now())
        assert {entry["what"] for part in told.values() for entry in part} == erased_words.TABLES.keys()

    def test_by_passkey_all_works_too(self, real_db: None) -> None:
        visitor = Visitor(totp=False)
        confirm(visitor.browser, visitor.person)
        key = add_passkey(visitor.browser)

        def by_passkey(path: str) -> Any:
            page = visitor.browser.get(path)
            asked = {"confirmation": page.context["asked"].id}
            return answer(visitor.browser, path, key.get(options_on(page)), **asked)

        assert json.loads(by_passkey(visitor.download).content)["tables"]
        assert by_passkey(EXPORTS)["Location"] == DATA
        assert by_passkey(LIFT)["Location"] == DATA
        visitor.person.user.refresh_from_db()
        assert visitor.person.user.restricted_at is None


class TestWithoutOne:
    """Nothing is handed out, asked for, lifted or erased; the page asks again."""

    def test_nothing_is_done_by_looking_or_by_posting_at_once(
        self, visitor: Visitor, read: list[str]
    ) -> None:
        for path in visitor.steps():
            assert visitor.browser.get(path).status_code == 200
            for fields in ({}, {"code": visitor.person.code(step=1)}, {"confirmation": "\x00", "code": "1"}):
                refused = visitor.post(path, **fields)
                assert (refused.status_code, refused["Content-Type"]) == (422, "text/html; charset=utf-8")
        assert visitor.is_untouched
        assert read == []

    def test_nothing_is_done_by_a_wrong_code_or_the_one_that_let_the_person_in(
        self, visitor: Visitor, read: list[str]
    ) -> None:
        let_in = visitor.person.last_code
        for path in visitor.steps():
            page = visitor.browser.get(path)
            assert [visitor.confirm(path, page, code=code).status_code for code in ("000000", let_in)] == [
                422,
                422,
            ]
        assert visitor.is_untouched
        assert read == []

    def test_nothing_is_done_by_what_was_asked_for_something_else(
        self, visitor: Visitor, read: list[str]
    ) -> None:
        steps = visitor.steps()
        for path, other in zip(steps, [*steps[1:], steps[0]], strict=True):
            assert visitor.confirm(path, visitor.browser.get(other)).status_code == 422
        assert visitor.is_untouched
        assert read == []
        outcomes = Confirmation.objects.filter(user=visitor.person.user).values_list("outcome", flat=True)
        assert list(outcomes).count("changed") == 4

    def test_nothing_is_done_by_a_question_of_five_minutes_ago(
        self, visitor: Visitor, read: list[str]
    ) -> None:
        for path in visitor.steps():
            page = visitor.browser.get(path)
            over = Confirmation.objects.get(id=page.context["asked"].id).expires_at
            with time_machine.travel(over, tick=False):
                assert visitor.confirm(path, page, code=visitor.person.code()).status_code == 422
        assert visitor.is_untouched
        assert read == []

    def test_nothing_is_done_by_somebody_elses_question(self, visitor: Visitor, read: list[str]) -> None:
        other = Visitor()
        for path, asked_at in zip(visitor.steps(), other.steps(), strict=True):
            assert visitor.confirm(path, other.browser.get(asked_at)).status_code == 422
        assert visitor.is_untouched
        assert other.is_untouched
        assert read == []

    def test_nothing_is_done_by_what_was_asked_for_another_copy(
        self, visitor: Visitor, read: list[str]
    ) -> None:
        page = visitor.browser.get(visitor.ready_copy())
        assert visitor.confirm(visitor.download, page).status_code == 422
        assert read == []

    def test_a_copy_asked_for_is_asked_for_once(self, visitor: Visitor) -> None:
        page = visitor.browser.get(EXPORTS)
        assert visitor.confirm(EXPORTS, page).status_code == 302
        made = queries.list_exports(owned_by=visitor.customer.actor)[0]
        assert make_export(made.id)
        assert visitor.confirm(EXPORTS, page, code=visitor.person.code(step=-1)).status_code == 422
        assert len(queries.list_exports(owned_by=visitor.customer.actor)) == 2

    def test_an_answer_counts_once(self, visitor: Visitor, read: list[str]) -> None:
        page = visitor.browser.get(visitor.download)
        assert visitor.confirm(visitor.download, page).status_code == 200
        again = visitor.confirm(visitor.download, page, code=visitor.person.code(step=-1))
        assert again.status_code == 422
        assert again.context["asked"].id != page.context["asked"].id
        assert read == [visitor.export_id]

    def test_a_person_who_has_none_is_told_where_to_get_one(self, real_db: None, read: list[str]) -> None:
        visitor = Visitor(totp=False)
        for path in visitor.steps():
            page = visitor.browser.get(path)
            assert WHERE_TO_GET_ONE in page.content.decode()
            assert 'name="code"' not in page.content.decode()
            assert visitor.post(path, confirmation=page.context["asked"].id, code="123456").status_code == 422
        assert visitor.is_untouched
        assert read == []

    def test_a_copy_of_somebody_else_is_not_there(self, visitor: Visitor) -> None:
        other = Visitor()
        assert visitor.browser.get(other.download).status_code == 404
        assert visitor.post(other.download).status_code == 404


class TestCopies:
    def test_are_counted_as_at_the_api(self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        counted: list[str] = []
        monkeypatch.setattr(
            "privacy.pages.copies.check_keys", lambda door, request, **keys: counted.append(door)
        )
        for path in (EXPORTS, visitor.download):
            visitor.browser.get(path)
            visitor.post(path)
        assert counted == ["own_data", "own_data"]

    def test_are_not_there_before_they_are_made(self, visitor: Visitor) -> None:
        waiting = operations.request_export(by=visitor.customer.actor)
        assert visitor.browser.get(f"{EXPORTS}{waiting.id}/").status_code == 409
        assert visitor.post(f"{EXPORTS}{waiting.id}/").status_code == 409
        asked = Confirmation.objects.filter(user=visitor.person.user)
        assert not asked.exists()


class TestRestriction:
    def test_is_set_without_a_second_factor(self, real_db: None) -> None:
        visitor = Visitor(totp=False)
        operations.lift_restriction(by=visitor.customer.actor)
        assert visitor.post(RESTRICT, ground="objection")["Location"] == DATA
        visitor.person.user.refresh_from_db()
        assert visitor.person.user.restriction_ground == "objection"

    @pytest.mark.parametrize("ground", ["", "curiosity", "\x00"])
    def test_is_never_lifted_by_the_address_that_sets_it(self, visitor: Visitor, ground: str) -> None:
        assert visitor.post(RESTRICT, ground=ground)["Location"] == DATA
        assert visitor.is_untouched
        assert "Please choose why." in visitor.browser.get(DATA).content.decode()

    def test_set_anew_meanwhile_is_another_question(self, visitor: Visitor) -> None:
        page = visitor.browser.get(LIFT)
        operations.lift_restriction(by=visitor.customer.actor)
        operations.restrict("legal_claim", by=visitor.customer.actor)
        assert visitor.confirm(LIFT, page).status_code == 422
        assert visitor.is_untouched

    def test_that_is_lifted_already_leads_back(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = visitor.browser.get(LIFT)

        def lifted_meanwhile(**asked: Any) -> None:
            operations.lift_restriction(by=asked["by"])
            operations.lift_restriction(by=asked["by"])

        monkeypatch.setattr("privacy.operations.lift_confirmed_restriction", lifted_meanwhile)
        assert visitor.confirm(LIFT, page)["Location"] == DATA
        assert visitor.browser.get(LIFT)["Location"] == DATA


class TestRaces:
    def test_a_question_answered_meanwhile_is_asked_anew(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answered_meanwhile(*args: Any, **asked: Any) -> None:
            raise ConfirmationOver

        monkeypatch.setattr("privacy.operations.note_confirmed_read", answered_meanwhile)
        page = visitor.browser.get(visitor.download)
        again = visitor.confirm(visitor.download, page)
        assert again.status_code == 422
        assert again.context["asked"].id != page.context["asked"].id

    def test_one_code_brought_for_many_steps_at_once_does_one(
        self, visitor: Visitor, read: list[str]
    ) -> None:
        pages = [(path, visitor.browser.get(path)) for path in (visitor.download, visitor.download, LIFT)]
        code, barrier, given = visitor.person.code(step=1), threading.Barrier(3), []

        def bring(path: str, page: Any) -> None:
            barrier.wait()
            given.append(visitor.confirm(path, page, code=code).status_code)
            connections.close_all()

        threads = [threading.Thread(target=bring, args=each) for each in pages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(given)[1:] == [422, 422]
        assert len(read) + (not visitor.is_untouched) == 1


class TestOperations:
    """A confirmation and what it is for happen together, or neither does."""

    def test_use_nothing_up_where_nothing_can_be_done(self, visitor: Visitor) -> None:
        page = visitor.browser.get(LIFT)
        asked = Confirmation.objects.get(id=page.context["asked"].id)
        operations.lift_restriction(by=visitor.customer.actor)
        with pytest.raises(Conflict):
            operations.lift_confirmed_restriction(
                confirmation_id=asked.id, digest=asked.digest, by=visitor.customer.actor
            )
        asked.refresh_from_db()
        assert asked.outcome == Confirmation.Outcome.OPEN


class TestErasing:
    def test_says_what_has_to_end_first(self, db: None) -> None:
        person, browser = make_person(totp=True), Browser()
        account = open_customer_for(person.user).account()
        browser.sign_in(person)
        page = browser.get(ERASE).content.decode()
        assert f"{account.name} •••• {account.last4}" in page
        assert account.id not in page
        assert 'name="code"' not in page
