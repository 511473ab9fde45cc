"""A customer's own pages: accounts, payments, connected apps. Nobody else's, for nobody."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts import operations as accounts
from accounts.account_numbers import grouped
from accounts.models import Account
from accounts.money import Money
from accounts.operations.ledger import Line, NewPosting, post_entries
from accounts.pages import chart
from accounts.pages.views import _year_begins
from accounts.queries.months import MonthTotals, monthly_totals
from accounts.words import said
from audit.actor import Actor, system
from bank.access import roles
from bank.access.roles import CUSTOMER, ROLES
from oauth.models import AccessToken, Client, Consent, RefreshToken
from payments.models import Payment
from payments.operations import make_payment
from payments.rules import PaymentOrder
from tests.pages.conftest import Browser, Person, make_person

BY = system("tests")

pytestmark = pytest.mark.usefixtures("db")


@dataclass
class Household:
    """A customer with two accounts, and the browser they are signed in with."""

    person: Person
    browser: Browser
    everyday: Account
    savings: Account

    @property
    def actor(self) -> Actor:
        user = self.person.user
        return Actor(
            type="customer", user_id=user.id, permissions=ROLES[CUSTOMER], roles=frozenset({CUSTOMER})
        )

    def pay(self, amount: str) -> Payment:
        order = PaymentOrder(self.everyday.id, Money.parse(amount, "GBP"), self.savings.id, reference="rent")
        return make_payment(order, by=self.actor)


SHORT_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
}
_ibans = iter(range(10**7, 10**8))


def open_account(customer_id: str, name: str, currency: str = "GBP", kind: str = "current") -> Account:
    return accounts.open_account(
        name=name,
        kind=kind,
        currency=currency,
        iban=f"GB00HARB0000{next(_ibans)}",
        holders={customer_id: "owner"},
        by=BY,
    )


def settlement(currency: str) -> Account:
    found = Account.objects.filter(kind="settlement", currency=currency).first()
    return found or Account.objects.create(
        name="Settlement", kind="settlement", currency=currency, status="ENABLED"
    )


def deposit(account: Account, amount: str, when: datetime | None = None, merchant: str = "") -> None:
    money = Money.parse(amount, account.currency)
    lines = (
        Line(settlement(account.currency).id, Money(-money.minor, money.currency)),
        Line(account.id, money),
    )
    post_entries([NewPosting(kind="deposit", lines=lines, merchant_name=merchant, booked_at=when)])


@pytest.fixture
def household() -> Household:
    person = make_person()
    customer = accounts.open_customer(
        user_id=person.user.id,
        given_name="Alice",
        family_name="Martin",
        email=f"{person.user.username}@example.com",
        phone="+44 20 7946 0000",
        birth_date=date(1990, 5, 17),
        address="1 Quay Street",
        by=BY,
    )
    browser = Browser()
    browser.sign_in(person)
    household = Household(
        person,
        browser,
        open_account(customer.id, "Everyday"),
        open_account(customer.id, "Rainy day", kind="savings"),
    )
    deposit(household.everyday, "100.00")
    return household


@pytest.fixture
def support() -> Browser:
    browser = Browser()
    browser.sign_in(make_person(roles.SUPPORT, totp=True))
    return browser


class TestAccountHome:
    def test_greets_and_lists_ones_own_accounts(self, household: Household) -> None:
        page = household.browser.get("/account/").content.decode()
        assert "Good day, Alice" in page
        assert page.count('<article class="card">') == 2
        assert "£100.00" in page

    def test_leads_strangers_to_sign_in(self) -> None:
        assert Browser().get("/account/")["Location"] == "/login/?next=/account/"

    def test_shows_staff_no_customers_accounts(self, household: Household, support: Browser) -> None:
        page = support.get("/account/").content.decode()
        assert "You have no account with us." in page
        assert "Everyday" not in page


class TestAccountPage:
    def test_shows_the_chart_and_the_same_numbers_as_a_table(self, household: Household) -> None:
        page = household.browser.get(f"/account/accounts/{household.everyday.id}/").content.decode()
        assert page.count("<rect") == 2 * 12
        assert '<td class="num">£100.00</td>' in page
        assert "<caption>Money in and out, month by month</caption>" in page

    def test_is_not_found_for_anybody_else(self, household: Household, support: Browser) -> None:
        stranger = Browser()
        stranger.sign_in(make_person())
        path = f"/account/accounts/{household.everyday.id}/"
        assert stranger.get(path).status_code == 404
        assert support.get(path).status_code == 404
        assert household.browser.get("/account/accounts/acc_nonsense/").status_code == 404

    def test_pages_backwards_without_losing_or_repeating(self, household: Household) -> None:
        for number in range(1, 30):
            deposit(household.everyday, f"{number}.00", merchant=f"Shop {number:02}")
        first = household.browser.get(f"/account/accounts/{household.everyday.id}/").content.decode()
        older = first.split("?before=")[1].split('"')[0]
        second = household.browser.get(
            f"/account/accounts/{household.everyday.id}/?before={older}"
        ).content.decode()
        seen = [name for page in (first, second) for name in _shops(page)]
        assert seen == [f"Shop {number:02}" for number in range(29, 0, -1)]

    @pytest.mark.parametrize("odd", ["-1", "x", "9" * 40, "\N{ARABIC-INDIC DIGIT ONE}"])
    def test_takes_an_odd_place_for_none(self, household: Household, odd: str) -> None:
        assert (
            household.browser.get(f"/account/accounts/{household.everyday.id}/?before={odd}").status_code
            == 200
        )


def _shops(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('<th scope="row">')[1:] if part.startswith("Shop")]


class TestPaymentPages:
    def test_say_what_became_of_a_payment(self, household: Household) -> None:
        page = household.browser.get(f"/account/payments/{household.pay('2.50').id}/").content.decode()
        assert "Paid: the money has arrived" in page
        assert "£2.50" in page
        assert f"•••• {household.savings.last4}" in page

    def test_write_the_day_as_its_reader_does(self, household: Household) -> None:
        household.pay("1.00")
        today = timezone.now()
        for language, written in (("en", "j M Y"), ("fr", "j N Y")):
            with translation.override(language):
                day = date_format(today, written)
            answered = household.browser.get("/account/payments/", headers={"accept-language": language})
            assert f"<td>{day}</td>" in answered.content.decode()

    def test_say_why_a_payment_was_refused(self, household: Household) -> None:
        page = household.browser.get(f"/account/payments/{household.pay('900.00').id}/").content.decode()
        assert "Not paid" in page
        assert "does not hold enough money" in page
        assert "No money has moved." in page

    def test_list_ones_own(self, household: Household) -> None:
        payment = household.pay("1.00")
        assert payment.id in household.browser.get("/account/payments/").content.decode()

    def test_are_not_found_for_anybody_else(self, household: Household, support: Browser) -> None:
        payment = household.pay("1.00")
        stranger = Browser()
        stranger.sign_in(make_person())
        assert stranger.get(f"/account/payments/{payment.id}/").status_code == 404
        assert support.get(f"/account/payments/{payment.id}/").status_code == 404
        assert payment.id not in support.get("/account/payments/").content.decode()

    def test_group_an_iban_by_fours(self) -> None:
        assert grouped("FR7630006000011234567890189") == "FR76 3000 6000 0112 3456 7890 189"


def consent_of(person: Person, **fields: Any) -> Consent:
    now = timezone.now()
    client = Client.objects.create(
        name="Piggy", client_id=f"piggy-{next(_ibans)}", client_type="confidential",
        authorization_grant_type="authorization-code", redirect_uris="https://piggy.example/callback",
    )  # fmt: skip
    values = {
        "client": client,
        "user": person.user,
        "status": Consent.Status.AUTHORISED,
        "permissions": ["accounts:read"],
        "scope": "accounts:read",
        "shown_digest": "0" * 64,
        "auth_time": now,
        "created_at": now,
        "expires_at": now + timedelta(days=90),
        **fields,
    }
    return Consent.objects.create(**values)


class TestConnectedApps:
    def test_show_who_sees_what_until_when(self, browser: Browser, person: Callable[..., Person]) -> None:
        someone = person()
        consent = consent_of(someone)
        browser.sign_in(someone)
        page = browser.get("/account/apps/").content.decode()
        assert "Piggy" in page
        assert "Account name, type and number" in page
        assert f"{consent.expires_at:%B %Y}" in page

    def test_take_a_consent_for_ended_when_its_time_is_over(
        self, browser: Browser, person: Callable[..., Person]
    ) -> None:
        someone, now = person(), timezone.now()
        consent_of(someone, created_at=now - timedelta(days=2), expires_at=now - timedelta(days=1))
        browser.sign_in(someone)
        page = browser.get("/account/apps/").content.decode()
        assert "No app sees your accounts now." in page
        assert "Ended by itself" in page

    def test_stop_in_two_clicks(self, browser: Browser, person: Callable[..., Person]) -> None:
        someone = person()
        consent = consent_of(someone)
        browser.sign_in(someone)
        path = f"/account/apps/{consent.id}/stop/"
        assert browser.get(path).status_code == 200
        consent.refresh_from_db()
        assert consent.status == Consent.Status.AUTHORISED
        assert browser.send(path)["Location"] == "/account/apps/"
        consent.refresh_from_db()
        assert consent.status == Consent.Status.CANCELLED
        assert "Piggy can no longer see your accounts." in browser.get("/account/apps/").content.decode()

    def test_need_the_form_token_to_stop(self, browser: Browser, person: Callable[..., Person]) -> None:
        someone = person()
        consent = consent_of(someone)
        browser.sign_in(someone)
        assert browser.post(f"/account/apps/{consent.id}/stop/", secure=True).status_code == 403

    def test_are_nobody_elses_not_even_staffs(
        self, browser: Browser, person: Callable[..., Person], support: Browser
    ) -> None:
        consent = consent_of(person())
        browser.sign_in(person())
        for other in (browser, support):
            assert other.get(f"/account/apps/{consent.id}/stop/").status_code == 404
            answer = other.send(f"/account/apps/{consent.id}/stop/", form_at="/account/apps/")
            assert answer.status_code == 404
            assert "Piggy" not in other.get("/account/apps/").content.decode()
        consent.refresh_from_db()
        assert consent.status == Consent.Status.AUTHORISED


class TestChart:
    def test_draws_all_months_to_one_scale(self) -> None:
        begins = datetime(2026, 1, 1, tzinfo=UTC)
        drawn = chart.months([MonthTotals(begins, 100, 50), MonthTotals(begins, 0, 200)])
        heights = [bar.height for month in drawn for bar in month.bars]
        assert heights == [72.0, 36.0, 0.0, 144.0]
        assert all(bar.x >= 0 and bar.x + bar.width <= chart.WIDTH for month in drawn for bar in month.bars)

    def test_of_nothing_is_empty(self) -> None:
        assert chart.months([]) == []

    @pytest.mark.parametrize(("month", "begins"), [(1, (2025, 2)), (11, (2025, 12)), (12, (2026, 1))])
    def test_spans_twelve_months(self, month: int, begins: tuple[int, int]) -> None:
        found = _year_begins(datetime(2026, month, 15, tzinfo=UTC))
        assert (found.year, found.month, found.day) == (*begins, 1)

    def test_names_each_month_as_its_reader_does(self, household: Household) -> None:
        begins = _year_begins(timezone.now())
        for language, names in SHORT_MONTHS.items():
            page = household.browser.get(
                f"/account/accounts/{household.everyday.id}/", headers={"accept-language": language}
            ).content.decode()
            shown = re.findall(r'text-anchor="middle">([^<]*)</text>', page)
            assert shown == (names * 2)[begins.month - 1 :][:12]

    @pytest.mark.parametrize(
        ("kind", "written", "french"),
        [
            ("deposit", "Opening balance", "Solde initial"),
            ("fee", "Fee for pay_1", "Frais pour pay_1"),
            ("transfer", "Opening balance", "Opening balance"),
            ("deposit", "Fee for pay_1", "Fee for pay_1"),
            ("deposit", "", "Dépôt"),
        ],
    )
    def test_has_the_banks_own_words_in_the_readers_language(
        self, household: Household, kind: str, written: str, french: str
    ) -> None:
        money = Money.parse("5.00", "GBP")
        lines = (Line(settlement("GBP").id, -money), Line(household.everyday.id, money))
        post_entries([NewPosting(kind=kind, lines=lines, reference=written)])
        at = f"/account/accounts/{household.everyday.id}/"
        for language, read in (("fr", french), ("en", written or "Deposit")):
            page = household.browser.get(at, headers={"accept-language": language}).content.decode()
            assert f">{read}</th>" in page

    def test_stands_over_columns_named_as_on_a_statement_of_a_bank(self, household: Household) -> None:
        heads = {"en": ["Day", "What", "Amount"], "fr": ["Date", "Libellé", "Montant"]}
        for language, named in heads.items():
            page = household.browser.get(
                f"/account/accounts/{household.everyday.id}/", headers={"accept-language": language}
            ).content.decode()
            shown = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page.partition('id="transactions"')[2])
            assert shown[:3] == named

    def test_adds_up_each_month(self, household: Household) -> None:
        household.pay("30.00")
        *before, month = monthly_totals(household.everyday, since=_year_begins(timezone.now()))
        assert (month.came_in, month.went_out) == (10000, 3000)
        assert [(one.came_in, one.went_out) for one in before] == [(0, 0)] * 11


class TestWords:
    @pytest.mark.parametrize(
        ("minor", "currency", "words"),
        [
            (120450, "EUR", "€1,204.50"),
            (-300, "GBP", "\N{MINUS SIGN}£3.00"),
            (100000, "JPY", "¥100,000"),
            (10000, "BHD", "BHD 10.000"),
            (-5, "USD", "\N{MINUS SIGN}$0.05"),
        ],
    )
    def test_say_money_as_people_read_it(self, minor: int, currency: str, words: str) -> None:
        assert said(Money(minor, currency)) == words


class TestTokens:
    def test_die_with_the_password_they_were_given_under(
        self, browser: Browser, person: Callable[..., Person]
    ) -> None:
        someone, elsewhere = person(), person()
        for owner in (someone, elsewhere):
            consent = consent_of(owner)
            common = {"user": owner.user, "consent": consent, "application": consent.client}
            AccessToken.objects.create(
                **common, token_checksum=f"{consent.id}-a", expires=timezone.now() + timedelta(minutes=5)
            )
            RefreshToken.objects.create(**common, token_checksum=f"{consent.id}-r", scope="accounts:read")
        browser.sign_in(someone)
        new = "another harbour, another night"
        fields = {"oldpassword": someone.password, "password1": new, "password2": new}
        assert browser.send("/account/security/password/", fields).status_code == 302
        assert not AccessToken.objects.filter(user=someone.user).exists()
        assert not RefreshToken.objects.filter(user=someone.user, revoked=None).exists()
        assert AccessToken.objects.filter(user=elsewhere.user).count() == 1
        assert RefreshToken.objects.filter(user=elsewhere.user, revoked=None).count() == 1
        assert Consent.objects.get(user=someone.user).status == Consent.Status.AUTHORISED
