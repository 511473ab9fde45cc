"""A payment an app asks for: the decision counts with a second factor for exactly what was shown."""

import base64
import json
import time
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Account
from oauth import sign_in
from oauth.consent_page import build
from oauth.errors import ConfirmationOver
from oauth.models import Confirmation, Consent, PushedAuthorizationRequest
from oauth.operations import grant_consent
from oauth.operations.confirmations import SECONDS
from tests.oauth.threads import all_at_once
from tests.pages.conftest import Browser, cheap_hashing, make_person
from tests.pages.test_passkeys import add_passkey, answer, confirm, options_on
from tests.payments.approving import Asking
from tests.payments.test_recurring_consent import recurring
from tests.support import signed_in
from tests.support.customers import open_customer_for
from tests.support.fapi_client import Reply, hidden_fields

__all__ = ["cheap_hashing"]  # a fixture


@pytest.fixture
def asking(db: None) -> Asking:
    return Asking()


def asked(asking: Asking, detail: dict[str, Any] | None = None, **parameters: Any) -> tuple[str, Reply]:
    """Return the address, and its page that asks for the second factor."""
    url = asking.page(detail or asking.payment(), **parameters)
    return url, asking.browser.decide(url, accounts=[asking.debtor.id])


def consents(asking: Asking) -> list[str]:
    return list(Consent.objects.filter(user=asking.person.user).values_list("status", flat=True))


class TestConfirming:
    def test_comes_after_the_decision_and_shows_all_of_it_again(self, asking: Asking) -> None:
        _, page = asked(asking)
        assert (page.status, consents(asking)) == (200, [])
        for words in ("£42.00", "Corner Shop", "Everyday", "Order 8812", 'name="code"'):
            assert words in page.text
        assert "https://piggy.example" in page.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("kind", ["payment", "recurring"])
    def test_leads_back_to_the_app_with_a_code(self, asking: Asking, kind: str) -> None:
        url, page = asked(asking, recurring(asking) if kind == "recurring" else asking.payment())
        done = asking.confirm(url, page)
        assert (done.status, set(done.answer)) == (303, {"code", "state", "iss"})
        assert consents(asking) == ["AUTH"]

    def test_is_not_asked_to_share_accounts_or_to_answer_about_funds(self, asking: Asking) -> None:
        for detail in ({"type": "account_information", "actions": ["accounts:read"]},
                       {"type": "funds_confirmation"}):  # fmt: skip
            assert asked(asking, detail)[1].status == 303

    def test_is_said_in_the_token_and_the_consent(self, asking: Asking) -> None:
        browser: Any = asking.browser.transport
        signed_in.prove(browser.browser, asking.person.user, signed_in.PASSWORD)
        before = int(time.time())
        url, page = asked(asking, scope="openid")
        answered = asking.client.redeem(asking.confirm(url, page).answer["code"])
        consent = asking.consent
        assert (consent.acr, consent.amr) == (sign_in.TWO_FACTORS, ["pwd", "otp"])
        claims = json.loads(base64.urlsafe_b64decode(answered.json["id_token"].split(".")[1] + "=="))
        assert (claims["acr"], claims["amr"]) == (sign_in.TWO_FACTORS, ["pwd", "otp"])
        assert claims["auth_time"] >= before

    def test_gives_the_session_no_second_factor_for_anything_else(self, asking: Asking) -> None:
        browser: Any = asking.browser.transport
        signed_in.prove(browser.browser, asking.person.user, signed_in.PASSWORD)
        url, page = asked(asking)
        asking.confirm(url, page)
        asked(asking, {"type": "account_information", "actions": ["accounts:read"]})
        assert asking.consent.acr == sign_in.ONE_FACTOR

    def test_by_a_wrong_code_may_be_tried_again(self, asking: Asking) -> None:
        url, page = asked(asking)
        again = asking.confirm(url, page, code="000000" if asking.code() != "000000" else "000001")
        assert (again.status, consents(asking)) == (422, [])
        assert asking.confirm(url, again).status == 303

    def test_by_three_wrong_codes_ends_the_request(self, asking: Asking) -> None:
        url, page = asked(asking)
        answers = [asking.confirm(url, page, code="x") for _ in range(3)]
        assert [answer.status for answer in answers] == [422, 422, 303]
        assert answers[-1].answer["error"] == "access_denied"
        assert asking.browser.open(url).status == 400
        assert consents(asking) == []

    def test_with_another_account_ends_the_request(self, asking: Asking) -> None:
        third = asking.person.account("60.00", name="Third")
        url, page = asked(asking)
        answer_ = asking.confirm(url, page, accounts=third.id)
        assert answer_.answer["error"] == "access_denied"
        assert asking.confirm(url, page).status == 400
        assert consents(asking) == []

    def test_of_what_has_changed_since_ends_the_request(self, asking: Asking) -> None:
        url, page = asked(asking)
        Account.objects.filter(id=asking.debtor.id).update(name="Renamed")
        assert asking.confirm(url, page).answer["error"] == "access_denied"
        assert (asking.browser.open(url).status, consents(asking)) == (400, [])

    def test_with_the_question_of_another_payment_ends_the_request(self, asking: Asking) -> None:
        _, small = asked(asking, asking.payment("1.00"))
        url, page = asked(asking)
        swapped = hidden_fields(small.text)["confirmation"]
        refused = asking.confirm(url, page, confirmation=swapped)
        assert refused.answer["error"] == "access_denied"
        assert consents(asking) == []

    def test_without_a_question_is_asked_for_one(self, asking: Asking) -> None:
        url, page = asked(asking)
        again = asking.confirm(url, page, confirmation="cfm_nonsense")
        assert (again.status, consents(asking)) == (422, [])
        straight = {"decision": "share", "accounts": asking.debtor.id, "code": asking.next_code()}
        assert asking.browser.submit(url, straight).status == 200
        assert consents(asking) == []

    def test_after_five_minutes_is_asked_for_again(self, asking: Asking) -> None:
        url, page = asked(asking)
        question = Confirmation.objects.get(id=hidden_fields(page.text)["confirmation"])
        question.expires_at = question.created_at
        question.save()
        late = asking.confirm(url, page)
        assert (late.status, SECONDS) == (422, 300)
        assert 'name="accounts"' in late.text
        assert consents(asking) == []

    def test_of_somebody_elses_question_counts_nothing(self, asking: Asking) -> None:
        _, theirs = asked(Asking())
        url, page = asked(asking)
        refused = asking.confirm(url, page, confirmation=hidden_fields(theirs.text)["confirmation"])
        assert (refused.status, consents(asking)) == (422, [])

    def test_can_be_refused_instead(self, asking: Asking) -> None:
        url, page = asked(asking)
        refused = asking.browser.submit(url, {"decision": "refuse"}, page=page)
        assert refused.answer["error"] == "access_denied"
        assert consents(asking) == ["RJCT"]

    def test_twice_grants_once(self, asking: Asking) -> None:
        url, page = asked(asking)
        assert asking.confirm(url, page).status == 303
        again = asking.confirm(url, page)
        assert (again.status, consents(asking)) == (400, ["AUTH"])

    def test_says_what_to_do_without_a_second_factor(self, asking: Asking) -> None:
        asking.person.user.authenticator_set.all().delete()
        _, page = asked(asking)
        assert "Add a passkey or one-time codes" in page.text
        assert 'name="code"' not in page.text


class TestPasskey:
    def test_signs_exactly_this_payment(self, db: None) -> None:
        asking, person, browser = Asking(), make_person(totp=False), Browser()
        account = open_customer_for(person.user).account("100.00")
        browser.sign_in(person)
        confirm(browser, person)
        key = add_passkey(browser)

        def look(amount: str) -> tuple[str, Any, dict[str, str]]:
            url = asking.page(asking.payment(amount)).removeprefix("https://testserver")
            page = browser.send(url, {"decision": "share", "accounts": account.id})
            hidden = hidden_fields(page.content.decode())
            return url, page, {name: hidden[name] for name in ("confirmation", "decision", "accounts")}

        _, small, _ = look("1.00")
        url, page, fields = look("42.00")
        assert answer(browser, url, key.get(options_on(small)), **fields).status_code == 422
        done = answer(browser, url, key.get(options_on(page)), **fields)
        assert done.status_code == 303
        consent = Consent.objects.get(user=person.user)
        assert (consent.status, consent.acr, consent.amr[-1]) == ("AUTH", sign_in.TWO_FACTORS, "pop")


class TestOperation:
    def test_grants_no_payment_without_a_confirmation(self, asking: Asking) -> None:
        asking.browser.open(asking.page(asking.payment()))
        pushed = PushedAuthorizationRequest.objects.latest("created_at")
        shown = build(pushed, asking.person.user)
        signed = sign_in.SignIn(sign_in.TWO_FACTORS, ("pwd", "otp"), pushed.created_at)
        with pytest.raises(ConfirmationOver), transaction.atomic():
            grant_consent(shown=shown, chosen=[asking.debtor.id], signed_in=signed, by=asking.person.actor)
        assert consents(asking) == []


class TestRaces:
    def test_a_confirmation_pressed_three_times_at_once_grants_once(self, real_db: None) -> None:
        asking = Asking()
        url, page = asked(asking)
        code = asking.next_code()
        replies = all_at_once(3, lambda: asking.confirm_with(url, page, code))
        assert consents(asking) == ["AUTH"]
        granted = [reply for reply in replies if reply.status == 303 and "code" in reply.answer]
        assert len(granted) == 1
