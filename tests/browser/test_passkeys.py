"""Passkeys in Chromium, with a virtual authenticator: made, used to sign in and to confirm, removed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.looks import PAGES, listen, wrong_with

pytestmark = [pytest.mark.live, pytest.mark.browser]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def window(chromium: Any) -> Iterator[Any]:
    """A window on a computer that can keep passkeys."""
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    made = device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.device = (device, made["authenticatorId"])
    yield page
    context.close()


def unlocked(window: Any, is_unlocked: bool) -> None:
    """Say whether finger, face or PIN fit from now on."""
    device, id_ = window.device
    told = {"authenticatorId": id_, "isUserVerified": is_unlocked}
    device.send("WebAuthn.setUserVerified", told)


def sign_in_by_password(window: Any, base: str, who: dict[str, Any]) -> None:
    window.goto(f"{base}/login/")
    window.locator("input[name=login]").fill(who["username"])
    window.locator("input[name=password]").fill(who["password"])
    window.locator("input[name=password]").press("Enter")
    window.wait_for_url("**/account/")


def add(window: Any, base: str, who: dict[str, Any]) -> None:
    window.goto(f"{base}/account/security/passkeys/add/")
    window.locator("input[name=password]").fill(who["password"])
    window.locator("input[name=password]").press("Enter")
    window.wait_for_url("**/passkeys/add/")
    assert wrong_with(window, PAGES) == []
    window.locator("input[name=name]").fill("This computer")
    window.get_by_role("button", name="Make the passkey").click()
    window.wait_for_url("**/recovery-codes/")


class TestPasskey:
    def test_is_made_signs_in_confirms_and_is_removed_under_the_strict_policy(
        self, window: Any, demo: dict[str, Any]
    ) -> None:
        base, frank, complaints = demo["base_url"], demo["users"]["frank"], listen(window)
        sign_in_by_password(window, base, frank)
        add(window, base, frank)

        window.goto(f"{base}/logout/")
        window.locator("main button").first.click()
        window.goto(f"{base}/login/?next=/account/security/")
        assert wrong_with(window, PAGES) == []
        window.get_by_role("button", name="Sign in with a passkey").click()
        window.wait_for_url(f"{base}/account/security/")
        assert "This computer" in window.locator("main").inner_text()
        assert wrong_with(window, PAGES) == []

        window.get_by_role("link", name="Remove This computer").click()
        window.wait_for_url("**/confirm/passkey/**")
        unlocked(window, False)
        window.get_by_role("button", name="Confirm with your passkey").click()
        window.get_by_text("The passkey was not used.").wait_for()
        assert wrong_with(window, PAGES) == []
        unlocked(window, True)
        window.get_by_role("button", name="Confirm with your passkey").click()
        window.get_by_role("heading", name="Remove “This computer”?").wait_for()
        window.get_by_role("button", name="Remove", exact=True).click()
        window.wait_for_url("**/account/security/")
        assert "This computer" not in window.locator("main").inner_text()
        assert complaints == []

    def test_is_offered_only_where_script_runs(self, chromium: Any, demo: dict[str, Any]) -> None:
        context = chromium.new_context(ignore_https_errors=True, java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{demo['base_url']}/login/")
        assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
        assert page.get_by_role("button", name="Sign in", exact=True).is_visible()
        context.close()
