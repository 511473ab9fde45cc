"""One window of Chromium for each person, signed in once: one-time codes work once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from examples.tour import browser as people
from examples.tour.browser import Browser
from tests.journeys.conftest import demo

__all__ = ["demo"]  # a fixture

SignedIn = Callable[[str], Any]


@pytest.fixture(scope="session")
def signed_in(chromium: Any, demo: dict[str, Any], live_bank: Any) -> Iterator[SignedIn]:
    """Return a window in which this customer or member of staff is signed in; "" is a stranger's."""
    contexts: dict[str, Any] = {}

    def window(name: str) -> Any:
        if name not in contexts:
            contexts[name] = chromium.new_context(ignore_https_errors=True)
            contexts[name].add_cookies(_cookies(name, demo, str(live_bank.ca_file)) if name else [])
        return contexts[name].new_page()

    yield window
    for context in contexts.values():
        context.close()


def _cookies(name: str, demo: dict[str, Any], ca_file: str) -> list[Any]:
    browser = Browser(demo["base_url"], ca_file)
    browser.open("/login/")
    people.sign_in(browser, {**demo["users"], **demo["staff"]}[name])
    url = demo["base_url"]
    return [{"name": n, "value": v, "url": url, "secure": True} for n, v in browser.cookies().items()]
