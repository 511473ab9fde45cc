"""Sending money from the bank's own pages: a second factor for exactly this amount and payee."""

import datetime as dt
import re
import threading
from typing import Any

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import IntegrityError, connections, transaction

from accounts.account_numbers import iban_of, read_iban
from accounts.models import Account
from audit.actor import Actor
from bank.access.roles import SUPPORT
from oauth.errors import ConfirmationOver
from oauth.models import Confirmation
from oauth.operations.confirmations import ask_confirmation, take_confirmation
from payments.models import Payment
from tests.pages.conftest import Browser, Person, cheap_hashing, make_person
from tests.pages.test_passkeys import add_passkey, answer, confirm, options_on
from tests.support.customers import Someone, open_customer_for
from tests.support.signed_in import in_session

__all__ = ["cheap_hashing"]  # a fixture

NEW, CONFIRM = "/account/payments/new/", "/account/payments/new/confirm/"
HIDDEN = re.compile(r'name="(\w+)" value="([^"]*)"')


class Payer:
    """A customer with a telephone, signed in, with 100 pounds and an empty account to pay into."""

    def __init__(self, *, totp: bool = True) -> None:
        self.person: Person = make_person(totp=totp)
        self.browser = Browser()
        customer: Someone = open_customer_for(self.person.user)
        self.account: Account = customer.account("100.00")
        self.other: Account = customer.account("0")
        self.browser.sign_in(self.person)

    def look(self, amount: str = "12.50", **changes: str) -> Any:
        """Fill in the form, and look at what is to be confirmed."""
        return self.browser.send(NEW, self.fields(amount) | changes)

    def fields(self, amount: str = "12.50") -> dict[str, str]:
        return {
            "debtor_account": self.account.id,
            "payee_name": "Own savings",
            "payee_iban": str(self.other.iban),
            "amount": amount,
            "reference": "for later",
        }

    def confirm(self, page: Any, code: str, *, at: str = CONFIRM, **changes: str) -> Any:
        fields = {**dict(HIDDEN.findall(page.content.decode())), "code": code, **changes}
        fields["csrfmiddlewaretoken"] = str(page.context["csrf_token"])
        return self.browser.post(at, fields, secure=True, headers={"referer": "https://testserver/"})

    @property
    def paid(self) -> list[int]:
        return list(Payment.objects.filter(debtor_account=self.account).values_list("amount", flat=True))


@pytest.fixture
def payer(db: None) -> Payer:
    return Payer()


def fresh(payer: Payer) -> str:
    """Return a code of the next half minute: the present one let the person in."""
    return payer.person.code(step=1)


class TestPaying:
    def test_reads_an_amount_as_the_language_writes_it(self, payer: Payer) -> None:
        assert payer.look("12,50").status_code == 422
        payer.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
        page = payer.look("12,50")
        assert "12,50\N{NO-BREAK SPACE}£" in page.content.decode()
        payer.confirm(page, fresh(payer))
        assert payer.paid == [1250]

    def test_moves_the_money_once_confirmed(self, payer: Payer) -> None:
        page = payer.look()
        assert "£12.50" in page.content.decode()
        done = payer.confirm(page, fresh(payer))
        assert done["Location"].startswith("/account/payments/pay_")
        payer.other.refresh_from_db()
        assert (payer.paid, payer.other.booked) == ([1250], 1250)

    def test_moves_nothing_for_a_look(self, payer: Payer) -> None:
        payer.look()
        assert payer.paid == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [("amount", "1250"), ("payee_name", "Somebody"), ("reference", "x"),
         ("payee_iban", iban_of("12345678"))],
    )  # fmt: skip
    def test_refuses_a_right_code_for_anything_else_and_kills_the_question(
        self, payer: Payer, name: str, value: str
    ) -> None:
        page, code = payer.look(), fresh(payer)
        assert payer.confirm(page, code, **{name: value})["Location"] == NEW
        assert payer.confirm(page, code)["Location"] == NEW
        assert payer.paid == []
        assert Confirmation.objects.get(user=payer.person.user).outcome == "changed"

    def test_counts_a_confirmation_once(self, payer: Payer) -> None:
        page = payer.look()
        payer.confirm(page, fresh(payer))
        assert payer.confirm(page, payer.person.code(step=-1))["Location"] == NEW
        assert payer.paid == [1250]

    def test_takes_no_code_that_let_the_person_in(self, payer: Payer) -> None:
        page = payer.look()
        assert payer.confirm(page, payer.person.last_code).status_code == 422
        assert payer.paid == []

    def test_lets_a_person_try_again_but_not_for_ever(self, payer: Payer) -> None:
        page = payer.look()
        answers = [payer.confirm(page, f"00000{n}").status_code for n in range(3)]
        assert answers == [422, 422, 302]
        assert payer.confirm(page, fresh(payer))["Location"] == NEW
        assert payer.paid == []

    def test_counts_for_five_minutes(self, payer: Payer) -> None:
        page = payer.look()
        with time_machine.travel(Confirmation.objects.get(user=payer.person.user).expires_at, tick=False):
            assert payer.confirm(page, payer.person.code())["Location"] == NEW
        assert payer.paid == []

    def test_takes_no_recovery_code(self, payer: Payer) -> None:
        code = RecoveryCodes.activate(payer.person.user).generate_codes()[0]
        assert payer.confirm(payer.look(), code).status_code == 422
        assert payer.paid == []

    def test_is_somebody_elses_to_confirm_for_nobody(self, payer: Payer) -> None:
        other = Payer()
        page = payer.look()
        asked = Confirmation.objects.get(user=payer.person.user).id
        own = other.look()
        assert other.confirm(own, fresh(other), confirmation=asked)["Location"] == NEW
        assert payer.confirm(page, fresh(payer))["Location"].startswith("/account/payments/pay_")
        assert other.paid == []

    @pytest.mark.parametrize("confirmation", ["", "cfm_1", "\x00", "usr_01", "x" * 3000])
    def test_survives_any_nonsense(self, payer: Payer, confirmation: str) -> None:
        assert payer.confirm(payer.look(), "123456", confirmation=confirmation)["Location"] == NEW

    @pytest.mark.parametrize(
        ("name", "value"),
        [("amount", "0"), ("amount", "-1"), ("amount", "1.234"), ("amount", "1e3"), ("amount", "\u0661"),
         ("payee_iban", "GB00HARB04000412345678"), ("payee_iban", "no iban"), ("payee_name", ""),
         ("debtor_account", "acc_01m85tergye2kvz6t622najje7")],
    )  # fmt: skip
    def test_asks_again_for_what_is_no_order(self, payer: Payer, name: str, value: str) -> None:
        page = payer.look(**{name: value})
        assert (page.status_code, "<title>Error:" in page.content.decode()) == (422, True)

    def test_says_what_a_person_without_second_factor_can_do(self, db: None) -> None:
        page = Payer(totp=False).look()
        assert "Add a passkey or one-time codes" in page.content.decode()
        assert 'name="code"' not in page.content.decode()

    def test_is_for_customers_alone(self, db: None) -> None:
        browser = Browser()
        browser.sign_in(make_person(SUPPORT))
        assert browser.get(NEW).status_code == 403

    def test_to_another_bank_is_kept_as_refused(self, payer: Payer) -> None:
        page = payer.look(payee_iban="DE89 3704 0044 0532 0130 00")
        payer.confirm(page, fresh(payer))
        assert Payment.objects.get(debtor_account=payer.account).status == "RJCT"


class TestPasskey:
    @pytest.fixture
    def payer(self, db: None) -> Payer:
        payer = Payer(totp=False)
        confirm(payer.browser, payer.person)
        self.key = add_passkey(payer.browser)
        return payer

    def post(self, payer: Payer, page: Any, credential: str, **changes: str) -> Any:
        fields = {**dict(HIDDEN.findall(page.content.decode())), **changes}
        for name in ("csrfmiddlewaretoken", "credential"):
            fields.pop(name, None)
        return answer(payer.browser, CONFIRM, credential, **fields)

    def test_pays(self, payer: Payer) -> None:
        page = payer.look()
        signed = self.key.get(options_on(page))
        assert self.post(payer, page, signed)["Location"].startswith("/account/payments/pay_")
        assert payer.paid == [1250]

    def test_signs_a_challenge_of_this_one_payment(self, payer: Payer) -> None:
        signed = self.key.get(options_on(payer.look("1.00")))
        page = payer.look("99.00")
        assert self.post(payer, page, signed).status_code == 422
        assert payer.paid == []


class TestRaces:
    def test_one_confirmation_brought_by_many_at_once_is_taken_once(self, real_db: None) -> None:
        payer = Payer()
        by = _actor(payer)
        asked = ask_confirmation(digest="0" * 64, by=by)
        taken: list[bool] = []
        barrier = threading.Barrier(4)

        def take() -> None:
            barrier.wait()
            try:
                with transaction.atomic():
                    take_confirmation(asked.id, digest="0" * 64, by=by)
                taken.append(True)
            except ConfirmationOver:
                taken.append(False)
            connections.close_all()

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == [False, False, False, True]

    def test_one_code_brought_by_many_at_once_pays_once(self, real_db: None) -> None:
        payer = Payer()
        pages = [payer.look() for _ in range(3)]
        code, barrier = fresh(payer), threading.Barrier(3)

        def bring(page: Any) -> None:
            barrier.wait()
            payer.confirm(page, code)
            connections.close_all()

        threads = [threading.Thread(target=bring, args=[page]) for page in pages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert payer.paid == [1250]


class TestDatabase:
    def test_takes_no_confirmation_after_its_time(self, payer: Payer) -> None:
        asked = ask_confirmation(digest="0" * 64, by=_actor(payer))
        late = {"outcome": "given", "ended_at": asked.expires_at + dt.timedelta(seconds=1)}
        with pytest.raises(IntegrityError, match="given_in_time"), transaction.atomic():
            Confirmation.objects.filter(id=asked.id).update(**late)


class TestIban:
    @pytest.mark.parametrize(
        "text", ["GB33 BUKB 2020 1555 5555 55", "de89370400440532013000", iban_of("12345678")]
    )
    def test_is_read_with_its_check_digits(self, text: str) -> None:
        assert read_iban(text) == "".join(text.split()).upper()

    @pytest.mark.parametrize(
        "text", ["", "GB34BUKB20201555555555", "GB33", "GB33BUKB2020155555555é", "\uff21" * 20]
    )
    def test_is_refused_otherwise(self, text: str) -> None:
        with pytest.raises(ValueError, match="no IBAN"):
            read_iban(text)


def _actor(payer: Payer) -> Any:
    return in_session(Actor(type="customer", user_id=payer.person.user.id))
