"""A client that speaks HTTPS to the views of rooms.py and shows a failure instead of raising it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from bank.access import ip_gate


class Caller(Client):
    """A Django test client over HTTPS; `as_` names client and user."""

    scheme = "https"

    def request(self, **request: Any) -> Any:
        return super().request(**{**request, "wsgi.url_scheme": self.scheme, "SERVER_PORT": "443"})

    def send(self, path: str, body: bytes | str, content_type: str = "application/json", **extra: Any) -> Any:
        """POST these very bytes."""
        raw = body.encode() if isinstance(body, str) else body
        return self.generic("POST", path, raw, content_type=content_type, **extra)


@pytest.fixture
def rooms() -> Iterator[None]:
    """The small bank of rooms.py in place of the whole one."""
    with override_settings(ROOT_URLCONF="tests.bank.rooms"):
        ip_gate.forget()
        yield


@pytest.fixture
def caller(rooms: None, db: None) -> Caller:
    """Nobody in particular."""
    return Caller(raise_request_exception=False)


@pytest.fixture
def app(rooms: None, db: None) -> Caller:
    """An app that acts for a user."""
    return Caller(raise_request_exception=False, headers={"Authorization": "Test piggy:usr_1"})
