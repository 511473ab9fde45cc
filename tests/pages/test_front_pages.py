"""The front pages, over Django's client."""

import pytest
from django.test import Client

PAGES = [
    "/",
    "/developers/",
    "/help/",
    "/explorer/",
    "/explorer/oauth2-redirect/",
    "/docs/",
    "/docs/errors/",
    "/login/",
]

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def browser() -> Client:
    return Client(headers={"host": "testserver"})


class TestFrontPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_are_open_to_everybody(self, browser: Client, path: str) -> None:
        answer = browser.get(path, secure=True)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/html")
