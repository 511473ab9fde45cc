"""A stage for each journey: the running bank's public facts, an app, and somebody signed in."""

from collections.abc import Iterator
from typing import Any

import pytest

from examples.tour import browser as customers
from examples.tour.browser import Browser
from examples.tour.outside_app import OutsideApp

Json = dict[str, Any]


@pytest.fixture(scope="session")
def demo(live_bank: Any) -> Json:
    """What demo.json says of the running bank."""
    return dict(live_bank.demo)


@pytest.fixture(scope="session")
def ca_file(live_bank: Any) -> str:
    """The certificate authority of the running bank."""
    return str(live_bank.ca_file)


@pytest.fixture
def app(demo: Json, ca_file: str) -> OutsideApp:
    """Piggy's registration in our hands, freshly discovered."""
    one = OutsideApp(demo["base_url"], ca_file, demo["clients"]["piggy"])
    one.discover()
    return one


@pytest.fixture(scope="session")
def bob(demo: Json, ca_file: str) -> Browser:
    """Bob's browser, signed in: one-time codes work once, so he signs in once for all journeys."""
    browser = Browser(demo["base_url"], ca_file)
    browser.open("/login/")
    customers.sign_in(browser, demo["users"]["bob"])
    return browser


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A fresh window; a page that breaks a security policy or runs into an error fails the test."""
    context = chromium.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(f"script error: {error.error}"))
    window = context.new_page()
    window.set_default_timeout(60_000)
    yield window
    context.close()
    assert [text for text in complaints if "Security Policy" in text or "script error" in text] == []


@pytest.fixture
def bobs_page(page: Any, bob: Browser, demo: Json) -> Any:
    """A browser window in which bob is signed in at the bank already."""
    cookies = [
        {"name": name, "value": value, "url": demo["base_url"]} for name, value in bob.cookies().items()
    ]
    page.context.add_cookies([cookie | {"secure": True} for cookie in cookies])
    return page
