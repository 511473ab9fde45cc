"""Four eyes in the admin: the diff is shown, who asked finds no buttons, a forged form changes nothing."""

from collections.abc import Callable

import pytest

from accounts.models import Account
from approvals.models import Approval
from bank.access import roles
from tests.pages.conftest import Browser, Person, browser, cheap_hashing, make_person
from tests.support.customers import someone
from tests.support.staff import asked, officer

__all__ = ["browser", "cheap_hashing"]
pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.django_db(databases=["default", "reader"])]


@pytest.fixture
def sign_in(browser: Browser) -> Callable[..., Person]:
    def enter(*held: str) -> Person:
        person = make_person(*held, totp=True)
        browser.sign_in(person)
        return person

    return enter


def page(approval: Approval) -> str:
    return f"/admin/approvals/approval/{approval.id}/change/"


def status_of(approval: Approval) -> str:
    return Approval.objects.get(id=approval.id).status


class TestAsking:
    def test_makes_an_approval_and_freezes_nothing(
        self, browser: Browser, sign_in: Callable[..., Person]
    ) -> None:
        sign_in(roles.TELLER)
        account = someone().account()
        browser.send("/admin/accounts/account/", {"action": "ask_to_freeze", "_selected_action": account.id})
        assert Approval.objects.get(target_id=account.id).status == "PENDING"
        assert Account.objects.get(id=account.id).status == "ENABLED"


class TestDeciding:
    def test_shows_the_difference_and_carries_it_out(
        self, browser: Browser, sign_in: Callable[..., Person]
    ) -> None:
        account = someone().account()
        approval = asked("account.freeze", account.id)
        sign_in(roles.APPROVER)
        shown = browser.get(page(approval)).content.decode()
        assert "<del>ENABLED</del>" in shown
        assert "<ins>FROZEN</ins>" in shown
        browser.send(page(approval), {"decision": "approve", "digest": approval.payload_digest})
        assert status_of(approval) == "APPROVED"
        assert Account.objects.get(id=account.id).status == "FROZEN"

    def test_rejects_with_a_note(self, browser: Browser, sign_in: Callable[..., Person]) -> None:
        approval = asked("account.freeze", someone().account().id)
        sign_in(roles.APPROVER)
        fields = {"decision": "reject", "digest": approval.payload_digest, "note": "why?"}
        browser.send(page(approval), fields)
        assert Approval.objects.get(id=approval.id).note == "why?"

    def test_is_not_offered_to_who_asked_nor_taken_from_them(
        self, browser: Browser, sign_in: Callable[..., Person]
    ) -> None:
        both = sign_in(roles.TELLER, roles.APPROVER)
        maker = officer()
        object.__setattr__(maker, "user_id", both.user.id)
        approval = asked("account.freeze", someone().account().id, by=maker)
        shown = browser.get(page(approval)).content.decode()
        assert 'name="decision"' not in shown
        assert "somebody else decides" in shown
        browser.send(page(approval), {"decision": "approve", "digest": approval.payload_digest})
        assert status_of(approval) == "PENDING"

    @pytest.mark.parametrize("role", [roles.TELLER, roles.AUDITOR, roles.COMPLIANCE])
    def test_is_not_taken_from_other_roles(
        self, browser: Browser, sign_in: Callable[..., Person], role: str
    ) -> None:
        approval = asked("account.freeze", someone().account().id)
        sign_in(role)
        assert 'name="decision"' not in browser.get(page(approval)).content.decode()
        browser.send(page(approval), {"decision": "approve", "digest": approval.payload_digest})
        assert status_of(approval) == "PENDING"

    def test_of_something_else_than_was_shown_changes_nothing(
        self, browser: Browser, sign_in: Callable[..., Person]
    ) -> None:
        approval = asked("account.freeze", someone().account().id)
        sign_in(roles.APPROVER)
        browser.send(page(approval), {"decision": "approve", "digest": "0" * 64})
        assert status_of(approval) == "PENDING"
