"""Forms of customers and developers: filled in, wrongly too, and what is shown before anything is done."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from examples.tour.browser import TOTP_PERIOD_SECONDS as PERIOD
from examples.tour.browser import one_time_code
from examples.tour.outside_app import OutsideApp
from tests.browser.looks import PAGES, wrong_with

pytestmark = [pytest.mark.live, pytest.mark.browser]


@pytest.fixture
def fill(signed_in: Callable[[str], Any], demo: dict[str, Any]) -> Callable[..., Any]:
    """Fill in one of Alice's forms and go on."""

    def ordered(path: str, **fields: str) -> Any:
        window = signed_in("alice")
        window.goto(demo["base_url"] + path)
        for name, value in fields.items():
            box = window.locator(f"form.card [name={name}]")
            is_choice = box.evaluate("box => box.tagName") == "SELECT"
            (box.select_option if is_choice else box.fill)(value)
        with window.expect_navigation():
            window.locator("form.card button.strong").click()
        return window

    return ordered


@pytest.fixture
def savings(signed_in: Callable[[str], Any], demo: dict[str, Any]) -> str:
    """The number of Alice's savings, as the account's own page says it."""
    window = signed_in("alice")
    window.goto(f"{demo['base_url']}/account/accounts/{demo['users']['alice']['accounts']['A2']}/")
    return str(window.locator("dd.mono").first.inner_text())


class TestStandingOrder:
    def test_is_shown_with_its_days_before_it_is_placed(self, fill: Callable[..., Any], savings: str) -> None:
        ordered = {
            "payee_name": "Rainy day savings",
            "payee_iban": savings,
            "amount": "12.50",
            "starts_on": "2027-01-31",
            "weekend": "following",
        }
        page = fill("/account/standing-orders/new/", **ordered)
        assert page.locator(".days li").count() == 5
        assert page.locator("input[name=code]").is_visible()
        assert wrong_with(page, PAGES) == []

    def test_that_cannot_be_says_so_beside_the_field(self, fill: Callable[..., Any], savings: str) -> None:
        ordered = {"payee_name": "Rainy day savings", "payee_iban": savings, "starts_on": "2027-01-31"}
        page = fill("/account/standing-orders/new/", amount="0", **ordered)
        assert page.title().startswith("Error: ")
        assert page.locator("#id_amount_error").is_visible()
        assert wrong_with(page, PAGES) == []


class TestPayment:
    def test_is_confirmed_and_listed(
        self, fill: Callable[..., Any], savings: str, demo: dict[str, Any]
    ) -> None:
        order = {"payee_name": "Rainy day savings", "payee_iban": savings, "reference": "for a rainy day"}
        page = fill("/account/payments/new/", amount="0.01", **order)
        assert wrong_with(page, PAGES) == []
        time.sleep(PERIOD - time.time() % PERIOD + 0.5)  # each code works once: the next one
        page.locator("input[name=code]").fill(one_time_code(demo["users"]["alice"]["totp_secret"]))
        page.locator("input[name=code]").press("Enter")
        page.wait_for_url("**/account/payments/pay_*/")
        assert wrong_with(page, PAGES) == []
        page.goto(f"{demo['base_url']}/account/payments/")
        assert page.locator("tbody tr").count() >= 1
        assert wrong_with(page, PAGES) == []


class TestExchange:
    def test_shows_a_quote_with_its_time(self, fill: Callable[..., Any], demo: dict[str, Any]) -> None:
        own = demo["users"]["alice"]["accounts"]
        page = fill(
            "/account/exchange/", debtor_account=own["A1"], creditor_account=own["E1"], amount="10.00"
        )
        assert page.locator(".amount").inner_text() == "€11.74"
        assert page.locator("input[name=code]").is_visible()
        assert wrong_with(page, PAGES) == []

    def test_between_accounts_of_one_currency_says_so(
        self, fill: Callable[..., Any], demo: dict[str, Any]
    ) -> None:
        own = demo["users"]["alice"]["accounts"]
        page = fill(
            "/account/exchange/", debtor_account=own["A1"], creditor_account=own["A2"], amount="10.00"
        )
        assert page.locator("#id_creditor_account_error").is_visible()
        assert wrong_with(page, PAGES) == []


class TestRequestLog:
    def test_of_a_developers_app_is_sound(
        self, signed_in: Callable[[str], Any], demo: dict[str, Any], live_bank: Any
    ) -> None:
        app = OutsideApp(demo["base_url"], str(live_bank.ca_file), demo["clients"]["webhook_app"])
        app.discover()
        app.act_for_itself("events:read")
        asked = [app.call("GET", path).headers["X-Request-ID"] for path in ("/events", "/accounts")]
        page = signed_in("alice")
        page.goto(
            f"{demo['base_url']}/developers/apps/{demo['clients']['webhook_app']['client_id']}/requests/"
        )
        assert wrong_with(page, PAGES) == []
        page.locator("input[name=request_id]").fill(asked[0])
        page.locator("input[name=request_id]").press("Enter")
        page.wait_for_url(f"**/requests/{asked[0]}/")
        assert wrong_with(page, PAGES) == []
