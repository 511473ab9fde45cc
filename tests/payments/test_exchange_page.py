"""The page of exchange: a quote is shown with its time left, and accepted once for exactly what it says."""

from typing import Any

import pytest
import time_machine

from accounts.models import Account, Customer
from payments.models import FxQuote, FxRate, Payment
from tests.pages.conftest import cheap_hashing
from tests.payments.test_send_money import Payer, fresh
from tests.support.customers import Someone
from tests.support.staff import agreed

__all__ = ["cheap_hashing"]  # a fixture

NEW, ACCEPT = "/account/exchange/", "/account/exchange/accept/"


class Traveller(Payer):
    """A payer with an account in euros besides."""

    def __init__(self) -> None:
        super().__init__()
        customer = Customer.objects.get(user=self.person.user)
        opened = Someone(self.person.user, customer.id).account(currency="EUR")
        self.euros: Account = Account.objects.get(id=opened.id)

    def quote(self, amount: str = "10.00", fixed: str = "sell", **changes: str) -> Any:
        accounts = {"debtor_account": self.account.id, "creditor_account": self.euros.id}
        return self.browser.send(NEW, {**accounts, "amount": amount, "fixed": fixed} | changes)

    def accept(self, page: Any, code: str, **changes: str) -> Any:
        return self.confirm(page, code, at=ACCEPT, **changes)


@pytest.fixture
def payer(db: None) -> Traveller:
    if not FxRate.objects.filter(id="GBP-EUR").exists():
        agreed("fx.rate", "GBP-EUR", rate="1.1735")
    return Traveller()


class TestQuote:
    def test_begins_with_two_accounts_between_which_money_can_be_exchanged(self, payer: Traveller) -> None:
        page = payer.browser.get(NEW).content.decode()
        assert f'<option value="{payer.euros.id}" selected>' in page

    def test_is_shown_with_its_time_left(self, payer: Traveller) -> None:
        page = payer.quote()
        assert 50 <= page.context["shown"]["seconds_left"] <= 60
        assert "£10.00" in page.content.decode()
        assert payer.paid == []

    def test_fixes_the_amount_that_arrives(self, payer: Traveller) -> None:
        page = payer.quote("10.00", "buy")
        assert page.context["shown"]["buy"] == "€10.00"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("amount", "0"), ("amount", "-1"), ("amount", "1.234"), ("amount", "x"), ("fixed", "both"),
         ("debtor_account", "acc_01m85tergye2kvz6t622najje7"), ("creditor_account", "the account itself")],
    )  # fmt: skip
    def test_is_refused_beside_its_field(self, payer: Traveller, name: str, value: str) -> None:
        value = payer.account.id if value == "the account itself" else value
        page = payer.quote(**{name: value})
        assert (page.status_code, list(page.context["form"].errors)) == (422, [name])
        assert not FxQuote.objects.filter(user=payer.person.user).exists()


class TestAccepting:
    def test_exchanges_once(self, payer: Traveller) -> None:
        page = payer.quote()
        done = payer.accept(page, fresh(payer))
        payer.euros.refresh_from_db()
        assert done["Location"].startswith("/account/payments/pay_")
        assert payer.euros.booked == FxQuote.objects.get(user=payer.person.user).buy
        assert payer.accept(page, payer.person.code(step=-1))["Location"] == NEW
        assert payer.paid == [1000]

    @pytest.mark.parametrize("name", ["creditor_account", "debtor_account", "fx_quote"])
    def test_refuses_a_right_code_for_anything_else(self, payer: Traveller, name: str) -> None:
        other = {"creditor_account": payer.other.id, "debtor_account": payer.other.id}
        other["fx_quote"] = payer.quote("20.00").context["carried"]["fx_quote"]
        page, code = payer.quote(), fresh(payer)
        assert payer.accept(page, code, **{name: other[name]})["Location"] == NEW
        assert payer.accept(page, code)["Location"] == NEW
        assert Payment.objects.filter(user=payer.person.user).count() == 0

    def test_asks_again_after_a_wrong_code(self, payer: Traveller) -> None:
        page = payer.accept(payer.quote(), "000000")
        assert (page.status_code, payer.paid) == (422, [])
        assert "seconds_left" in page.context["shown"]

    def test_moves_nothing_once_the_quote_is_over(self, payer: Traveller) -> None:
        page = payer.quote()
        with time_machine.travel(FxQuote.objects.get(user=payer.person.user).expires_at, tick=False):
            done = payer.accept(page, payer.person.code(step=1))
            assert "no longer held" in payer.browser.get(done["Location"]).content.decode()
        payer.euros.refresh_from_db()
        assert payer.euros.booked == 0
        assert Payment.objects.get(user=payer.person.user).status == "RJCT"

    @pytest.mark.parametrize("quote", ["", "fxq_1", "\x00", "usr_01", "x" * 100])
    def test_survives_any_nonsense(self, payer: Traveller, quote: str) -> None:
        assert payer.accept(payer.quote(), "123456", fx_quote=quote).status_code in (302, 404)
        assert payer.paid == []

    def test_is_nothing_for_somebody_else(self, payer: Traveller) -> None:
        other = Traveller()
        quote = payer.quote().context["carried"]["fx_quote"]
        page = other.quote()
        assert other.accept(page, fresh(other), fx_quote=quote).status_code == 404
        assert FxQuote.objects.get(id=quote).used_at is None
