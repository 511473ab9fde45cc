"""The pages of consent that ask for one thing, and those of a consent's life, in Chromium."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from examples.tour.outside_app import OutsideApp
from tests.browser.looks import PAGES, listen, wrong_with

pytestmark = [pytest.mark.live, pytest.mark.browser]


@pytest.fixture
def app(demo: dict[str, Any], live_bank: Any) -> OutsideApp:
    """Rival's registration in our hands."""
    one = OutsideApp(demo["base_url"], str(live_bank.ca_file), demo["clients"]["rival"])
    one.discover()
    return one


@pytest.fixture
def ask(signed_in: Callable[[str], Any], app: OutsideApp) -> Callable[[dict[str, Any]], Any]:
    """Bring one authorization detail before Alice."""

    def before_alice(detail: dict[str, Any]) -> Any:
        asked = app.oauth.authorization_request(
            scope="openid",
            authorization_details=json.dumps([detail]),
            authorization_response_iss_parameter_supported=True,
        )
        window = signed_in("alice")
        window.goto(app.oauth.pushed_authorization_request(asked).uri)
        return window

    return before_alice


def details(demo: dict[str, Any]) -> dict[str, dict[str, Any]]:
    creditor = demo["users"]["bob"]["accounts"]["B1"]
    five = {"amount": "5.00", "currency": "GBP"}
    limits = [{"period": "month", "alignment": "calendar", "amount": {"amount": "20.00", "currency": "GBP"}}]
    return {
        "payment": {
            "type": "payment_initiation",
            "amount": five,
            "creditor_account": creditor,
            "creditor_name": "Robert Okafor",
            "reference": "Order 8812",
        },
        "payment outside": {
            "type": "payment_initiation",
            "amount": five,
            "creditor": {"name": "Café Lumen", "iban": "FR7630006000011234567890189"},
        },
        "payment exchanged": {
            "type": "payment_initiation",
            "amount": five,
            "creditor_account": demo["users"]["bob"]["accounts"]["E2"],
            "exchange": {
                "currency_of_transfer": "EUR",
                "rate_type": "INDICATIVE",
                "minimum_amount": {"amount": "5.00", "currency": "EUR"},
            },
        },
        "recurring": {
            "type": "recurring_payment",
            "creditor_account": creditor,
            "maximum_amount": five,
            "limits": limits,
            "expires_at": "2027-02-01T00:00:00Z",
        },
        "funds": {"type": "funds_confirmation"},
    }


class TestApprove:
    @pytest.mark.parametrize(
        "name", ["payment", "payment outside", "payment exchanged", "recurring", "funds"]
    )
    def test_is_sound(self, ask: Callable[..., Any], demo: dict[str, Any], name: str) -> None:
        page = ask(details(demo)[name])
        assert page.locator("input[type=radio][name=accounts]").count() >= 5
        assert wrong_with(page, PAGES) == []

    def test_asks_again_when_nothing_was_chosen(self, ask: Callable[..., Any], demo: dict[str, Any]) -> None:
        page = ask(details(demo)["payment"])
        with page.expect_navigation():
            page.locator("button[value=share]").click()
        assert page.title().startswith("Error: ")
        assert wrong_with(page, PAGES) == []

    @pytest.mark.parametrize("name", ["payment", "payment exchanged", "recurring"])
    def test_asks_for_a_second_factor_for_exactly_this(
        self, ask: Callable[..., Any], demo: dict[str, Any], name: str
    ) -> None:
        page = ask(details(demo)[name])
        page.locator("input[type=radio][name=accounts]:not([disabled])").first.check()
        page.locator("button[value=share]").click()
        page.locator("input[name=code]").wait_for()
        assert wrong_with(page, PAGES) == []
        complaints, arrived = listen(page), demo["clients"]["rival"]["redirect_uri"]
        page.route(f"{arrived}**", lambda route: route.fulfill(body="back at the app"))
        page.locator("button[value=refuse]").click()
        page.wait_for_url(f"{arrived}**")
        assert "error=access_denied" in page.url
        assert complaints == []

    def test_that_is_cancelled_leads_back_to_the_app(
        self, ask: Callable[..., Any], demo: dict[str, Any]
    ) -> None:
        page = ask(details(demo)["payment"])
        complaints, arrived = listen(page), demo["clients"]["rival"]["redirect_uri"]
        page.route(f"{arrived}**", lambda route: route.fulfill(body="back at the app"))
        page.locator("button[value=refuse]").click()
        page.wait_for_url(f"{arrived}**")
        assert "error=access_denied" in page.url
        assert complaints == []


class TestLife:
    @pytest.mark.parametrize("page", ["change", "receipt", "accesses"])
    def test_of_a_consent_is_sound(
        self, signed_in: Callable[[str], Any], demo: dict[str, Any], page: str
    ) -> None:
        window = signed_in("erin")
        window.goto(f"{demo['base_url']}/account/apps/")
        address = window.locator("a[href$='/stop/']").first.get_attribute("href")
        window.goto(demo["base_url"] + address.replace("/stop/", f"/{page}/"))
        assert wrong_with(window, PAGES) == []
