"""The consent page and connected apps in Chromium, for an app of the tests' own pushing."""

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
def page(signed_in: Callable[[str], Any], app: OutsideApp) -> Any:
    """Carol's window on the consent page of a fresh request."""
    window = signed_in("carol")
    window.goto(app.push())
    return window


class TestConsentPage:
    def test_is_sound(self, page: Any) -> None:
        assert page.title().startswith("Share your account data with ")
        assert wrong_with(page, PAGES) == []

    def test_ticks_nothing_and_says_why_an_account_cannot_be_shared(
        self, page: Any, demo: dict[str, Any]
    ) -> None:
        boxes = page.locator("input[name=accounts]")
        assert boxes.count() >= 2
        assert not any(box.is_checked() for box in boxes.all())
        closed = page.locator(f"input[name=accounts][value={demo['users']['carol']['accounts']['C1']}]")
        assert closed.is_disabled()
        assert "This account is closed" in page.locator("label", has=closed).inner_text()

    def test_says_who_asks_what_for_until_when_and_where_it_leads(
        self, page: Any, demo: dict[str, Any]
    ) -> None:
        words = page.locator("main").inner_text()
        assert demo["clients"]["rival"]["redirect_uri"] in words
        assert "(90 days)" in words
        assert "cannot" in words
        assert "registered by an outside developer" in words
        assert page.locator("q").count() == 1

    def test_makes_both_answers_equally_large(self, page: Any) -> None:
        share, refuse = (
            page.locator(f"button[value={value}]").bounding_box() for value in ("share", "refuse")
        )
        assert (share["width"], share["height"]) == (refuse["width"], refuse["height"])
        assert share["height"] >= 44

    def test_asks_again_when_nothing_was_chosen(self, page: Any) -> None:
        with page.expect_navigation():
            page.locator("button[value=share]").click()
        assert page.title().startswith("Error: ")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
        assert wrong_with(page, PAGES) == []

    @pytest.mark.parametrize("decision", ["share", "refuse"])
    def test_leads_back_to_the_app_under_its_own_policy(
        self, page: Any, demo: dict[str, Any], decision: str
    ) -> None:
        complaints, arrived = listen(page), demo["clients"]["rival"]["redirect_uri"]
        page.route(f"{arrived}**", lambda route: route.fulfill(body="back at the app"))
        page.locator(f"input[name=accounts][value={demo['users']['carol']['accounts']['C2']}]").check()
        page.locator(f"button[value={decision}]").click()
        page.wait_for_url(f"{arrived}**")
        assert ("code=" in page.url, "error=access_denied" in page.url) == (
            decision == "share",
            decision == "refuse",
        )
        assert complaints == []


class TestConnectedApps:
    def test_shows_a_connection_and_stops_it_in_two_clicks(
        self, signed_in: Callable[[str], Any], page: Any, demo: dict[str, Any]
    ) -> None:
        arrived = demo["clients"]["rival"]["redirect_uri"]
        page.route(f"{arrived}**", lambda route: route.fulfill(body="back at the app"))
        page.locator(f"input[name=accounts][value={demo['users']['carol']['accounts']['C2']}]").check()
        page.locator("button[value=share]").click()
        page.wait_for_url(f"{arrived}**")
        apps = signed_in("carol")
        apps.goto(f"{demo['base_url']}/account/apps/")
        before = apps.get_by_role("link", name="Stop sharing").count()
        assert before >= 1
        assert wrong_with(apps, PAGES) == []
        apps.get_by_role("link", name="Stop sharing").first.click()
        assert wrong_with(apps, PAGES) == []
        apps.get_by_role("button", name="Stop sharing").click()
        apps.wait_for_url("**/account/apps/")
        assert "can no longer see your accounts" in apps.locator("[role=status]").inner_text()
        assert apps.get_by_role("link", name="Stop sharing").count() == before - 1
        assert wrong_with(apps, PAGES) == []
