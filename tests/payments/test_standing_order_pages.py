"""The pages of standing orders: placed with a second factor for exactly what was shown, paused, cancelled."""

import datetime as dt
from typing import Any

import pytest

from accounts.account_numbers import iban_of
from accounts.models import Customer
from accounts.operations import close_account
from bank.access.roles import SUPPORT
from payments.models import StandingOrder
from tests.pages.conftest import Browser, cheap_hashing, make_person
from tests.payments.test_send_money import Payer, fresh
from tests.support.customers import BY, someone
from tests.support.days import today

__all__ = ["cheap_hashing"]  # a fixture

PAGE = "/account/standing-orders/"
NEW, CONFIRM = f"{PAGE}new/", f"{PAGE}new/confirm/"


class Orderer(Payer):
    """A payer who wants to pay again and again."""

    def place(self, **changes: str) -> Any:
        """Fill in the form, and look at what is to be confirmed."""
        return self.browser.send(NEW, self.order() | changes)

    def order(self) -> dict[str, str]:
        when = {"frequency": "week", "interval": "2", "starts_on": today().isoformat(), "ends_on": ""}
        return {**self.fields(), **when, "weekend": "same"}

    @property
    def placed(self) -> list[StandingOrder]:
        return list(StandingOrder.objects.filter(debtor_account=self.account))


@pytest.fixture
def payer(db: None) -> Orderer:
    return Orderer()


class TestPlacing:
    def test_keeps_the_order_once_confirmed(self, payer: Orderer) -> None:
        page = payer.place()
        assert payer.placed == []
        assert payer.confirm(page, fresh(payer), at=CONFIRM)["Location"] == PAGE
        (order,) = payer.placed
        assert (order.amount, order.creditor_account_id) == (1250, payer.other.id)
        assert (order.frequency, order.interval, order.next_due_on) == ("week", 2, today())
        assert "Every 2 weeks" in payer.browser.get(PAGE).content.decode()

    def test_shows_the_first_days(self, payer: Orderer) -> None:
        shown = payer.place().context["shown"]
        every_two_weeks = [today() + dt.timedelta(weeks=2 * number) for number in range(4)]
        assert [paid for _due, paid in shown["days"]] == every_two_weeks
        assert shown["goes_on"]

    def test_shows_no_day_after_the_last(self, payer: Orderer) -> None:
        shown = payer.place(ends_on=(today() + dt.timedelta(days=20)).isoformat()).context["shown"]
        assert (len(shown["days"]), shown["goes_on"]) == (2, False)

    def test_shows_the_day_beside_a_weekend(self, payer: Orderer) -> None:
        saturday = today() + dt.timedelta(days=7 + (5 - today().weekday()) % 7)
        page = payer.place(starts_on=saturday.isoformat(), weekend="following")
        assert page.context["shown"]["days"][0] == (saturday, saturday + dt.timedelta(days=2))
        assert "for the" in page.content.decode()

    def test_of_once_needs_no_number(self, payer: Orderer) -> None:
        later = (today() + dt.timedelta(days=9)).isoformat()
        page = payer.place(frequency="once", interval="", starts_on=later)
        payer.confirm(page, fresh(payer), at=CONFIRM)
        (order,) = payer.placed
        assert (order.frequency, order.next_due_on.isoformat()) == ("once", later)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("amount", "1250"), ("reference", "x"), ("frequency", "month"), ("interval", "1"),
         ("ends_on", "2099-01-01"), ("weekend", "following"), ("payee_iban", "the account itself")],
    )  # fmt: skip
    def test_refuses_a_right_code_for_anything_else(self, payer: Orderer, name: str, value: str) -> None:
        value = str(someone().account().iban) if name == "payee_iban" else value
        page, code = payer.place(), fresh(payer)
        assert payer.confirm(page, code, at=CONFIRM, **{name: value})["Location"] == NEW
        assert payer.confirm(page, code, at=CONFIRM)["Location"] == NEW
        assert payer.placed == []

    def test_takes_no_confirmation_of_a_payment(self, payer: Orderer) -> None:
        asked = payer.look().context["asked"].id
        page = payer.place()
        answer = payer.confirm(page, fresh(payer), at=CONFIRM, confirmation=asked)
        assert (answer["Location"], payer.placed) == (NEW, [])

    def test_counts_a_confirmation_once(self, payer: Orderer) -> None:
        page = payer.place()
        payer.confirm(page, fresh(payer), at=CONFIRM)
        assert payer.confirm(page, payer.person.code(step=-1), at=CONFIRM)["Location"] == NEW
        assert len(payer.placed) == 1

    def test_asks_again_after_a_wrong_code(self, payer: Orderer) -> None:
        page = payer.place()
        assert payer.confirm(page, "000000", at=CONFIRM).status_code == 422
        assert payer.placed == []


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "value"),
        [("amount", "0"), ("amount", "1,50"), ("payee_iban", "GB00NOPE"), ("payee_iban", iban_of("12345678")),
         ("payee_iban", "DE89370400440532013000"), ("starts_on", "30.2.2027"), ("starts_on", "9999-12-31"),
         ("interval", "0"), ("interval", "13"), ("interval", "x"), ("frequency", "day"), ("weekend", "never"),
         ("ends_on", "yesterday"), ("debtor_account", "acc_01m85tergye2kvz6t622najje7"),
         ("reference", "4242 4242 4242 4242"), ("starts_on", "0001-01-01x")],
    )  # fmt: skip
    def test_stand_beside_their_field(self, payer: Orderer, name: str, value: str) -> None:
        page = payer.place(**{name: value})
        assert (page.status_code, list(page.context["form"].errors)) == (422, [name])
        assert f'id="id_{name}_error"' in page.content.decode()

    def test_of_the_bank_itself_do_too(self, payer: Orderer) -> None:
        own = payer.place(payee_iban=str(payer.account.iban)).context["form"].errors
        past = (today() - dt.timedelta(days=1)).isoformat()
        never = payer.place(frequency="once", starts_on=past).context["form"].errors
        assert (list(own), list(never)) == (["payee_iban"], ["starts_on"])

    def test_of_an_account_that_cannot_be_paid_stand_beside_its_number(self, payer: Orderer) -> None:
        closed, elsewhere = someone().account(), someone().account(currency="EUR")
        close_account(closed.id, by=BY)
        for unpayable in (closed, elsewhere):
            page = payer.place(payee_iban=str(unpayable.iban))
            assert (page.status_code, list(page.context["form"].errors)) == (422, ["payee_iban"])

    def test_of_an_own_account_that_is_closed_stand_beside_it(self, payer: Orderer) -> None:
        close_account(payer.other.id, by=BY)
        page = payer.place(debtor_account=payer.other.id, payee_iban=str(someone().account().iban))
        assert (page.status_code, list(page.context["form"].errors)) == (422, ["debtor_account"])

    def test_tell_a_viewer_that_the_account_is_not_theirs_to_pay_from(self, payer: Orderer) -> None:
        seen = someone()
        account = seen.account("5.00", holders={customer_of(payer): "viewer"})
        page = payer.place(debtor_account=account.id)
        assert list(page.context["form"].errors) == ["debtor_account"]


class TestChanging:
    def test_pauses_resumes_and_cancels(self, payer: Orderer) -> None:
        payer.confirm(payer.place(), fresh(payer), at=CONFIRM)
        at = f"{PAGE}{payer.placed[0].id}/"
        seen = []
        for step in ("pause", "resume", "cancel"):
            payer.browser.send(at, {"step": step}, form_at=PAGE)
            seen.append(payer.placed[0].status)
        assert seen == ["SUSP", "ACTV", "CANC"]

    def test_says_why_it_cannot_be_resumed(self, payer: Orderer) -> None:
        payer.confirm(payer.place(), fresh(payer), at=CONFIRM)
        at = f"{PAGE}{payer.placed[0].id}/"
        payer.browser.send(at, {"step": "pause"}, form_at=PAGE)
        close_account(payer.other.id, by=BY)
        payer.browser.send(at, {"step": "resume"}, form_at=PAGE)
        assert payer.placed[0].status == "SUSP"
        assert "The account this order pays is closed" in payer.browser.get(PAGE).content.decode()

    def test_is_the_owners_alone(self, payer: Orderer) -> None:
        payer.confirm(payer.place(), fresh(payer), at=CONFIRM)
        other = Orderer()
        other.confirm(other.place(), fresh(other), at=CONFIRM)
        answer = other.browser.send(f"{PAGE}{payer.placed[0].id}/", {"step": "cancel"}, form_at=PAGE)
        assert (answer.status_code, payer.placed[0].status) == (404, "ACTV")

    def test_is_nothing_for_staff(self, db: None) -> None:
        browser = Browser()
        browser.sign_in(make_person(SUPPORT))
        assert [browser.get(page).status_code for page in (PAGE, NEW)] == [403, 403]


def customer_of(payer: Orderer) -> str:
    return str(Customer.objects.get(user=payer.person.user).id)
