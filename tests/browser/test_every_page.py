"""Each page for whom it is meant: narrow and wide, light and dark, under the strict policy."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.looks import PAGES, WCAG, listen, wrong_with

pytestmark = [pytest.mark.live, pytest.mark.browser]

SignedIn = Callable[[str], Any]

STRANGERS = [
    "/", "/developers/", "/help/", "/docs/", "/docs/errors/", "/docs/errors/insufficient_funds/", "/login/",
    "/no-such-page/", "/oauth/authorize?client_id=nobody",
]  # fmt: skip
CUSTOMERS = [
    "/account/", "/account/accounts/{E1}/", "/account/accounts/{A2}/", "/account/payments/", "/account/apps/",
    "/account/security/", "/account/security/password/", "/account/security/recovery-codes/generate/",
    "/account/accounts/{B1}/", "/logout/", "/developers/apps/", "/developers/apps/new/", "/account/data/",
    "/account/data/erase/", "/account/payees/", "/account/standing-orders/", "/account/payments/new/",
    "/account/standing-orders/new/", "/account/accounts/{A1}/statements/",
    "/account/accounts/{A1}/?q=a", "/account/accounts/{A1}/?q=a&from=2020-01-01&min=1&before=9999999",
    "/account/accounts/{A1}/?q=no+such+words", "/account/accounts/{A1}/?q=a&from=2026-02-31&min=x",
    "/account/accounts/new/", "/account/accounts/{A1}/limits/", "/account/exchange/",
    "/account/data/exports/", "/developers/apps/{webhook_app}/", "/developers/apps/{webhook_app}/webhooks/",
    "/developers/apps/{webhook_app}/requests/",
]  # fmt: skip
STAFF = [
    ("support", "/admin/"),
    ("support", "/admin/accounts/customer/"),
    ("support", "/admin/oauth/consent/"),
    ("support", "/admin/payments/payment/"),
    ("support", "/admin/events/webhookendpoint/"),
    ("platform_admin", "/admin/oauth/user/"),
    ("platform_admin", "/admin/oauth/client/"),
    ("platform_admin", "/admin/bank_access/iprule/add/"),
    ("auditor", "/admin/audit/leaf/"),
    ("auditor", "/admin/keys/"),
    ("compliance", "/admin/"),
    ("compliance", "/admin/watch/alert/"),
    ("support", "/admin/oauth/breakglass/add/"),
    ("compliance", "/admin/oauth/accessreview/"),
    ("compliance", "/admin/watch/incident/"),
    ("compliance", "/admin/watch/rulesetting/break_glass/change/"),
]


@pytest.fixture
def visit(signed_in: SignedIn, demo: dict[str, Any]) -> Callable[[str, str], Any]:
    """Open a page in somebody's window; a broken policy or a script error there fails the test."""
    complaints: list[list[str]] = []
    named = {name: id_ for person in demo["users"].values() for name, id_ in person["accounts"].items()}
    named |= {name: client["client_id"] for name, client in demo["clients"].items()}

    def open_page(name: str, path: str) -> Any:
        window = signed_in(name)
        complaints.append(listen(window))
        window.goto(demo["base_url"] + path.format(**named))
        assert complaints == [[] for _ in complaints]
        return window

    return open_page


class TestEveryPage:
    @pytest.mark.parametrize("path", STRANGERS)
    def test_for_strangers_is_sound(self, visit: Callable[[str, str], Any], path: str) -> None:
        assert wrong_with(visit("", path), PAGES) == []

    @pytest.mark.parametrize("path", CUSTOMERS)
    def test_for_customers_is_sound(self, visit: Callable[[str, str], Any], path: str) -> None:
        assert wrong_with(visit("carol" if "{C" in path else "alice", path), PAGES) == []

    @pytest.mark.parametrize(("who", "path"), STAFF)
    def test_for_staff_is_sound(self, visit: Callable[[str, str], Any], who: str, path: str) -> None:
        assert wrong_with(visit(who, path), WCAG) == []


class TestInFrench:
    @pytest.mark.parametrize(
        ("who", "path"),
        [
            ("", "/"),
            ("alice", "/account/accounts/{E1}/"),
            ("alice", "/account/accounts/{E1}/?q=a&from=2026-02-31"),
            ("", "/docs/errors/"),
        ],
    )
    def test_is_sound(self, visit: Callable[[str, str], Any], who: str, path: str) -> None:
        window = visit(who, path)
        window.set_extra_http_headers({"Accept-Language": "fr"})
        window.reload()
        assert window.locator("html").get_attribute("lang") == "fr"
        assert wrong_with(window, PAGES) == []


class TestWithoutJavaScript:
    def test_choosing_a_language_works(self, chromium: Any, demo: dict[str, Any]) -> None:
        context = chromium.new_context(ignore_https_errors=True, java_script_enabled=False)
        window = context.new_page()
        window.goto(f"{demo['base_url']}/help/")
        with window.expect_navigation():
            window.get_by_role("button", name="Français").click()
        assert window.locator("html").get_attribute("lang") == "fr"
        assert window.url.endswith("/help/")
        context.close()

    def test_signing_in_works(self, chromium: Any, demo: dict[str, Any]) -> None:
        erin = demo["users"]["erin"]
        context = chromium.new_context(ignore_https_errors=True, java_script_enabled=False)
        window = context.new_page()
        window.goto(f"{demo['base_url']}/login/")
        window.locator("input[name=login]").fill(erin["username"])
        window.locator("input[name=password]").fill(erin["password"])
        window.locator("input[name=password]").press("Enter")
        window.wait_for_url("**/account/")
        assert window.locator("h1").inner_text().startswith("Good day")
        context.close()

    def test_searching_works(self, visit: Callable[[str, str], Any], chromium: Any) -> None:
        cookies = visit("alice", "/account/").context.cookies()
        context = chromium.new_context(ignore_https_errors=True, java_script_enabled=False)
        context.add_cookies(cookies)
        window = context.new_page()
        window.goto(visit("alice", "/account/accounts/{A1}/").url)
        window.locator("input[name=q]").fill("no such words")
        window.get_by_text("Days, direction and amounts").click()
        window.locator("input[name=from]").fill("2026-01-01")
        with window.expect_navigation():
            window.get_by_role("button", name="Search").click()
        assert "q=no+such+words&from=2026-01-01" in window.url
        assert window.locator("input[name=from]").input_value() == "2026-01-01"
        window.get_by_role("main").get_by_text("Nothing was found.").wait_for()
        context.close()


class TestErrorSummary:
    def test_takes_the_focus(self, signed_in: SignedIn, demo: dict[str, Any]) -> None:
        window = signed_in("")
        window.goto(f"{demo['base_url']}/login/")
        window.locator("input[name=login]").fill("nobody")
        window.locator("input[name=password]").fill("nothing")
        with window.expect_navigation():
            window.locator("input[name=password]").press("Enter")
        assert window.title().startswith("Error: ")
        assert window.evaluate("document.activeElement.getAttribute('role')") == "alert"
        assert wrong_with(window, PAGES) == []


class TestExplorer:
    def test_is_sound(self, visit: Callable[[str, str], Any]) -> None:
        window = visit("", "/explorer/")
        window.locator(".opblock").first.wait_for()
        assert wrong_with(window, WCAG) == []

    def test_gets_a_token_and_calls_the_api(
        self, visit: Callable[[str, str], Any], demo: dict[str, Any]
    ) -> None:
        window = visit("alice", "/explorer/")
        window.locator("button.authorize").first.click()
        with window.expect_popup() as opened:
            window.locator(".dialog-ux button.authorize").first.click()
        popup = opened.value
        account = demo["users"]["alice"]["accounts"]["A1"]
        popup.locator(f"input[name=accounts][value={account}]").check()
        popup.get_by_role("button", name="Share with").click()
        window.locator(".dialog-ux button.btn-done").first.click()
        window.locator(".opblock-summary-path", has_text="/v1/accounts").first.click()
        window.get_by_role("button", name="Try it out").first.click()
        window.get_by_role("button", name="Execute").first.click()
        answer = window.locator(".live-responses-table tbody .response-col_status").first
        answer.wait_for()
        assert answer.inner_text().strip().startswith("200")
        assert account in window.locator(".live-responses-table").first.inner_text()
