"""A consent in French: what is kept is what was read, and a look in another language is no look."""

import json
from typing import Any

import pytest

from payments.models import Payment
from tests.payments.approving import Asking
from tests.support.fapi_client import Reply

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def asking() -> Asking:
    return Asking()


def speak(asking: Asking, language: str) -> Any:
    """Let the customer's browser ask for a language; return it."""
    transport: Any = asking.browser.transport
    transport.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return transport.browser


def share(asking: Asking, url: str, page: Reply) -> Reply:
    """Answer a page that was looked at before."""
    fields = {"decision": "share", "accounts": asking.debtor.id}
    return asking.browser.submit(url, fields, page=page)


class TestFrench:
    def test_is_kept_as_it_was_read_and_shown_so_on_the_receipt(self, asking: Asking) -> None:
        browser = speak(asking, "fr")
        url = asking.page(asking.payment())
        assert "Approuver ce paiement" in asking.browser.open(url).text
        assert asking.decide(url, asking.debtor).status == 303
        shown = json.loads(asking.consent.shown)
        assert shown["language"] == "fr"
        assert shown["asked"]["amount_text"] == "42,00\N{NO-BREAK SPACE}£"
        speak(asking, "en")
        receipt = browser.get(f"/account/apps/{asking.consent.id}/receipt/", secure=True).content.decode()
        kept = receipt.split('<div class="card" lang="fr">')[1].split("</div>")[0]
        assert "Approuver ce paiement" in kept
        assert "It fits what the bank kept." in receipt

    def test_changes_nothing_of_what_the_app_is_told(self, asking: Asking) -> None:
        speak(asking, "fr")
        granted = asking.approve(asking.payment())["authorization_details"]
        assert granted == [{**granted[0], **asking.payment(), "debtor_account": asking.debtor.id}]
        assert asking.pay("1.00").json["title"] == "This is not the payment the customer agreed to."


class TestAnotherLanguage:
    def test_between_look_and_decision_shows_the_page_again(self, asking: Asking) -> None:
        url = asking.page(asking.payment())
        page = asking.browser.open(url)
        speak(asking, "fr")
        again = share(asking, url, page)
        assert again.status == 422
        assert "Ce que vous accepteriez a changé." in again.text
        assert 'name="confirmation"' not in again.text
        assert 'name="confirmation"' in share(asking, url, again).text

    def test_between_question_and_second_factor_ends_the_request(self, asking: Asking) -> None:
        url = asking.page(asking.payment())
        question = asking.browser.decide(url, accounts=[asking.debtor.id])
        speak(asking, "fr")
        answered = asking.confirm(url, question)
        assert answered.answer["error"] == "access_denied"
        assert not Payment.objects.filter(debtor_account=asking.debtor).exists()
