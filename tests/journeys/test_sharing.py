"""What an app gets when a customer refuses, chooses little, or changes their mind; told over HTTP."""

from typing import Any

import pytest
from requests_oauth2client import AuthorizationResponseError

from examples.tour.browser import Browser
from examples.tour.outside_app import OutsideApp

pytestmark = pytest.mark.live


def answer(app: OutsideApp, browser: Browser, accounts: list[str], decision: str) -> str:
    """Bring the app's request before the customer, decide, and return where the browser is sent."""
    browser.open(app.push())
    form = browser.form_with("accounts", "decision")
    browser.submit(form, accounts=accounts, decision=decision)
    return browser.sent_away_to


class TestRefuse:
    def test_sends_the_app_a_no_it_can_trust(self, app: OutsideApp, bob: Browser) -> None:
        back = answer(app, bob, [], "refuse")
        with pytest.raises(AuthorizationResponseError) as said:
            app.redeem(back)
        assert said.value.error == "access_denied"

    def test_uses_the_request_up(self, app: OutsideApp, bob: Browser, demo: dict[str, Any]) -> None:
        page = app.push()
        bob.open(page)
        bob.submit(bob.form_with("accounts", "decision"), accounts=[], decision="refuse")
        bob.open(page)
        assert bob.sent_away_to == ""
        assert not [form for form in bob.forms() if form.has("decision")]


class TestShare:
    def test_asks_again_when_nothing_is_ticked(self, app: OutsideApp, bob: Browser) -> None:
        assert answer(app, bob, [], "share") == ""
        assert bob.form_with("accounts", "decision")

    def test_does_not_share_what_belongs_to_somebody_else(
        self, app: OutsideApp, bob: Browser, demo: dict[str, Any]
    ) -> None:
        alices = demo["users"]["alice"]["accounts"]["A1"]
        assert answer(app, bob, [alices], "share") == ""

    def test_shows_the_app_the_chosen_account_only(
        self, app: OutsideApp, bob: Browser, demo: dict[str, Any]
    ) -> None:
        chosen, other = (demo["users"]["bob"]["accounts"][name] for name in ("B1", "E2"))
        app.redeem(answer(app, bob, [chosen], "share"))
        seen = [account["id"] for account in app.call("GET", "/accounts").json()["data"]]
        assert seen == [chosen]
        for part in ("", "/balances", "/transactions"):
            assert app.call("GET", f"/accounts/{other}{part}").status_code == 404


class TestStopSharing:
    def test_ends_every_token_at_once(self, app: OutsideApp, bob: Browser, demo: dict[str, Any]) -> None:
        account = demo["users"]["bob"]["accounts"]["B1"]
        before = ways_to_stop(bob)
        app.redeem(answer(app, bob, [account], "share"))
        assert app.call("GET", "/accounts").status_code == 200
        (stop,) = ways_to_stop(bob) - before
        bob.open(stop)
        bob.submit(next(form for form in bob.forms() if form.action in {"", stop}))
        assert app.call("GET", "/accounts").status_code == 401
        assert app.try_to_renew() == "invalid_grant"

    def test_is_nobody_elses_to_do(
        self, app: OutsideApp, bob: Browser, demo: dict[str, Any], ca_file: str
    ) -> None:
        account = demo["users"]["bob"]["accounts"]["B1"]
        before = ways_to_stop(bob)
        app.redeem(answer(app, bob, [account], "share"))
        (stop,) = ways_to_stop(bob) - before
        stranger = Browser(demo["base_url"], ca_file)
        stranger.open(stop)
        assert [form for form in stranger.forms() if form.has("password")]
        assert app.call("GET", "/accounts").status_code == 200


class TestGiveBack:
    def test_ends_the_apps_tokens_at_once(self, app: OutsideApp, bob: Browser, demo: dict[str, Any]) -> None:
        app.redeem(answer(app, bob, [demo["users"]["bob"]["accounts"]["B1"]], "share"))
        app.oauth.revoke_refresh_token(app.token)
        assert app.call("GET", "/accounts").status_code == 401
        assert app.try_to_renew() == "invalid_grant"


class TestRenew:
    def test_gives_an_unchanged_library_a_token_that_works(
        self, app: OutsideApp, bob: Browser, demo: dict[str, Any]
    ) -> None:
        app.redeem(answer(app, bob, [demo["users"]["bob"]["accounts"]["B1"]], "share"))
        first = app.token
        second = app.oauth.refresh_token(first)
        assert second.refresh_token == first.refresh_token
        assert second.access_token != first.access_token
        for token in (first, second):
            assert app.call("GET", "/accounts", auth=token).status_code == 200


def ways_to_stop(browser: Browser) -> set[str]:
    """Return the links that stop sharing, one for each connected app."""
    browser.open("/account/apps/")
    return {link for link in browser.links() if link.endswith("/stop/")}
