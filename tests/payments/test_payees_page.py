"""The page of payees: kept with what the check said, checked anew, paid, removed; nobody else's."""

from typing import Any

import pytest

from payments.models import Payee
from tests.pages.conftest import Browser, cheap_hashing, make_person
from tests.support.customers import open_customer_for, someone

__all__ = ["cheap_hashing"]  # a fixture

PAGE = "/account/payees/"


@pytest.fixture
def browser(db: None) -> Browser:
    """A customer, signed in."""
    person, browser = make_person(), Browser()
    open_customer_for(person.user)
    browser.sign_in(person)
    return browser


def keep(browser: Browser, name: str = "Somebody", iban: str | None = None) -> Payee:
    iban, before = iban or str(someone().account().iban), set(Payee.objects.values_list("id", flat=True))
    browser.send(PAGE, {"name": name, "iban": iban})
    return Payee.objects.exclude(id__in=before).get()


class TestPayees:
    def test_are_kept_with_what_the_check_found(self, browser: Browser) -> None:
        iban = str(someone().account().iban)
        payee = keep(browser, "Nobody At All", iban)
        assert (payee.name, payee.iban, payee.check_result) == ("Nobody At All", iban, "no_match")
        page = browser.get(PAGE).content.decode()
        assert "Nobody At All" in page
        assert "Not the holder’s name" in page

    def test_are_kept_once(self, browser: Browser) -> None:
        payee, kept = keep(browser), Payee.objects.count()
        again = browser.send(PAGE, {"name": "Another", "iban": str(payee.iban)})
        assert again.status_code == 422
        assert Payee.objects.count() == kept

    @pytest.mark.parametrize(
        ("name", "iban"),
        [
            ("A", "GB00NOPE"),
            ("", "GB33BUKB20201555555555"),
            ("123", "GB33BUKB20201555555555"),
            ("---", "GB33BUKB20201555555555"),
            ("4242 4242 4242 4242", "GB33BUKB20201555555555"),
        ],
    )
    def test_of_no_sound_name_or_number_are_not_kept(self, browser: Browser, name: str, iban: str) -> None:
        kept = Payee.objects.count()
        assert browser.send(PAGE, {"name": name, "iban": iban}).status_code == 422
        assert Payee.objects.count() == kept

    def test_are_checked_again_and_removed(self, browser: Browser) -> None:
        payee, kept = keep(browser), Payee.objects.count()
        before = payee.checked_at
        browser.send(f"{PAGE}{payee.id}/", {"step": "check"}, form_at=PAGE)
        payee.refresh_from_db()
        assert payee.checked_at > before
        browser.send(f"{PAGE}{payee.id}/", {"step": "remove"}, form_at=PAGE)
        assert Payee.objects.count() == kept - 1
        assert not Payee.objects.filter(id=payee.id).exists()

    def test_fill_in_the_form_of_a_payment(self, browser: Browser) -> None:
        payee = keep(browser, "Rent")
        page = browser.get(f"/account/payments/new/?payee={payee.id}").content.decode()
        assert 'value="Rent"' in page
        assert str(payee.iban) in page

    def test_are_nobody_elses(self, browser: Browser) -> None:
        payee, other = keep(browser), Browser()
        person = make_person()
        open_customer_for(person.user)
        other.sign_in(person)
        assert "Somebody" not in other.get(PAGE).content.decode()
        assert other.send(f"{PAGE}{payee.id}/", {"step": "remove"}, form_at=PAGE).status_code == 404
        assert other.get(f"/account/payments/new/?payee={payee.id}").status_code == 404
        assert Payee.objects.filter(id=payee.id).exists()

    def test_are_checked_so_often_and_not_more(self, browser: Browser, settings: Any) -> None:
        settings.RATE_LIMIT_FACTOR = 1
        payee = keep(browser)
        answers = [
            browser.send(f"{PAGE}{payee.id}/", {"step": "check"}, form_at=PAGE).status_code for _ in range(31)
        ]
        assert answers[0] == 302
        assert answers[-1] == 429
