"""The whole visit in a real browser: connect Piggy, look, send money, stop sharing, see the door close."""

import re
import time
from typing import Any

import pytest

from examples.tour.browser import TOTP_PERIOD_SECONDS, one_time_code
from tests.browser.looks import wrong_with

pytestmark = [pytest.mark.live, pytest.mark.browser]


def connect(page: Any, demo: dict[str, Any], names: list[str]) -> None:
    """Go from Piggy to the bank and back, sharing these accounts of alice's."""
    alice = demo["users"]["alice"]
    page.goto(demo["piggy_url"])
    page.get_by_role("button", name="Connect").click()
    sign_in(page, alice)
    for name in names:
        page.locator(f"input[name=accounts][value={alice['accounts'][name]}]").check()
    page.get_by_role("button", name="Share with").click()
    page.wait_for_url(f"{demo['piggy_url']}/accounts")


def sign_in(page: Any, user: dict[str, str]) -> None:
    """Sign in as this customer; a one-time code that was used already is followed by the next one."""
    page.locator("input[name=login]").fill(user["username"])
    page.locator("input[name=password]").fill(user["password"])
    with page.expect_navigation():
        page.locator("input[name=password]").press("Enter")
    for _ in range(2):
        if page.locator("input[name=code]").count() == 0:
            return
        page.locator("input[name=code]").fill(one_time_code(user["totp_secret"]))
        with page.expect_navigation():
            page.locator("input[name=code]").press("Enter")
        if page.locator("input[name=code]").count():
            time.sleep(TOTP_PERIOD_SECONDS - time.time() % TOTP_PERIOD_SECONDS + 0.5)


def stop_sharing(page: Any, demo: dict[str, Any]) -> None:
    """Stop the newest connection at the bank: two clicks."""
    page.goto(f"{demo['base_url']}/account/apps/")
    page.get_by_role("link", name=re.compile("Stop sharing")).first.click()
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Stop sharing")).click()


def open_at_piggy(page: Any, demo: dict[str, Any], path: str) -> None:
    """Open one of Piggy's pages."""
    page.goto(f"{demo['piggy_url']}{path}")


def send(page: Any, demo: dict[str, Any], debtor: str, creditor: str, amount: str, reference: str) -> str:
    """Fill in Piggy's form, send it, and return what the page says came of it."""
    open_at_piggy(page, demo, f"/accounts/{debtor}/send")
    page.get_by_label("To", exact=True).select_option(creditor)
    page.get_by_label(re.compile("Amount")).fill(amount)
    page.get_by_label("Reference").fill(reference)
    page.get_by_role("button", name="Send").click()
    # A notice, a refusal, or a page of failure: whatever comes, so that a failing test shows it.
    page.locator(".notice, .problem, main h1:not(:text('Send money'))").first.wait_for()
    return str(page.locator("main").inner_text())


def wait_for_news(page: Any, demo: dict[str, Any], words: str) -> None:
    """Look at Piggy's accounts until it says what the bank told it by itself."""
    for _ in range(60):
        open_at_piggy(page, demo, "/accounts")
        if words in " ".join(page.locator(".news").all_inner_texts()):
            return
        time.sleep(0.5)
    raise AssertionError(f"Piggy was not told: {words}")


class TestVisit:
    @pytest.mark.smoke
    def test_from_the_first_click_to_the_closed_door(self, page: Any, demo: dict[str, Any]) -> None:
        a1, a2, e1 = (demo["users"]["alice"]["accounts"][name] for name in ("A1", "A2", "E1"))
        connect(page, demo, ["A1", "A2", "E1"])
        assert page.locator(".card .amount").count() == 3

        open_at_piggy(page, demo, f"/accounts/{e1}/spending")
        assert page.get_by_role("img", name=re.compile("Bar chart")).is_visible()
        assert page.locator("rect.bar").count() == page.locator("tbody tr").count() > 2

        reference = f"visit {time.time_ns() % 10**9}"  # thirteen digits could be the number of a card
        assert "£2.50 sent: it has arrived." in send(page, demo, a1, a2, "2.50", reference)
        open_at_piggy(page, demo, f"/accounts/{a2}")
        assert page.locator("tbody tr").first.inner_text().split("\t")[1:] == [reference, "+£2.50"]
        wait_for_news(page, demo, "+£2.50 on Rainy day savings")
        assert wrong_with(page) == []
        assert "it has arrived" in send(page, demo, a2, a1, "2.50", "and back")

        assert "not enough money" in send(page, demo, a1, a2, "900000.00", "too much")
        assert page.title().startswith("Error:")

        at_the_bank = page.context.new_page()
        stop_sharing(at_the_bank, demo)
        open_at_piggy(page, demo, f"/accounts/{a1}")
        assert page.get_by_role("heading", level=1).inner_text() == "Piggy is no longer connected"
        open_at_piggy(page, demo, "/accounts")
        assert page.locator(".amount").count() == 0


class TestRefusal:
    def test_is_taken_for_an_answer(self, bobs_page: Any, demo: dict[str, Any]) -> None:
        open_at_piggy(bobs_page, demo, "/")
        bobs_page.get_by_role("button", name="Connect").click()
        bobs_page.get_by_role("button", name=re.compile("Don.t share")).click()
        bobs_page.wait_for_url(f"{demo['piggy_url']}/**")
        assert bobs_page.get_by_role("heading", level=1).inner_text() == "Nothing was shared"


class TestDisconnect:
    def test_forgets_everything(self, bobs_page: Any, demo: dict[str, Any]) -> None:
        page = bobs_page
        open_at_piggy(page, demo, "/")
        share_one(page, demo, demo["users"]["bob"]["accounts"]["B1"])
        page.get_by_role("button", name="Disconnect").click()
        page.wait_for_url(f"{demo['piggy_url']}/")
        assert "forgotten" in page.locator(".notice").inner_text()
        open_at_piggy(page, demo, "/accounts")
        assert page.get_by_role("heading", level=1).inner_text() == "See where your money goes"


class TestEveryPage:
    def test_is_right_for_axe_narrow_and_wide_light_and_dark(
        self, bobs_page: Any, demo: dict[str, Any]
    ) -> None:
        page, account = bobs_page, demo["users"]["bob"]["accounts"]["B1"]
        open_at_piggy(page, demo, "/")
        assert wrong_with(page) == []
        share_one(page, demo, account)
        for path in ("", f"/{account}", f"/{account}/spending", f"/{account}/send"):
            open_at_piggy(page, demo, f"/accounts{path}")
            assert wrong_with(page) == []
        open_at_piggy(page, demo, "/accounts/acc_nobody")
        assert wrong_with(page) == []
        page.get_by_role("button", name="Disconnect").click()


def share_one(page: Any, demo: dict[str, Any], account: str) -> None:
    """From Piggy's first page, connect and share one account; the customer is signed in at the bank."""
    page.get_by_role("button", name="Connect").click()
    page.locator(f"input[name=accounts][value={account}]").check()
    page.get_by_role("button", name="Share with").click()
    page.wait_for_url(f"{demo['piggy_url']}/accounts")
