"""People with logins, and a browser that signs them in by the bank's own forms."""

import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from bank.access.roles import CUSTOMER
from oauth.models import User

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PASSWORD = "a quiet harbour at night"
_numbers = itertools.count(1)


@dataclass(slots=True)
class Person:
    """A login and what its owner knows."""

    user: User
    password: str = PASSWORD
    totp_secret: str = ""
    last_code: str = ""

    def code(self, step: int = 0) -> str:
        """Return the one-time code of now, or of a neighbouring half minute."""
        from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

        self.last_code = format_hotp_value(hotp_value(self.totp_secret, int(time.time()) // 30 + step))
        return self.last_code


class Browser(Client):
    """Django's client over https that checks CSRF and fills in the bank's forms."""

    def __init__(self, address: str | None = None) -> None:
        number = next(_numbers)
        address = address or f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        super().__init__(enforce_csrf_checks=True, REMOTE_ADDR=address)

    def get(self, path: str, **kwargs: Any) -> Any:
        return super().get(path, secure=True, **kwargs)

    def send(
        self, path: str, fields: dict[str, Any] | None = None, *, form_at: str = "", **kwargs: Any
    ) -> Any:
        """Look at the page (or the one the form stands on), then post its form with its token."""
        found = TOKEN.search(self.get(form_at or path).content.decode())
        fields = {**(fields or {}), "csrfmiddlewaretoken": found[1] if found else ""}
        return self.post(path, fields, secure=True, headers={"referer": "https://testserver/"}, **kwargs)

    def sign_in(self, person: Person, *, to: str = "") -> Any:
        """Go all the way in; the answer is the last redirect."""
        answer = self.send(
            f"/login/?next={to}" if to else "/login/",
            {"login": person.user.username, "password": person.password},
        )
        if person.totp_secret:
            answer = self.send("/login/code/", {"code": person.code()})
        return answer


def make_person(*roles: str, totp: bool = False) -> Person:
    """Make a login with these roles, enrolled or not."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    user = User.objects.create_user(
        f"person-{next(_numbers)}-{User().id[-8:]}", PASSWORD, roles=list(roles or [CUSTOMER])
    )
    person = Person(user)
    if totp:
        person.totp_secret = generate_totp_secret()
        TOTP.activate(user, person.totp_secret)
    return person


class CheapArgon2(Argon2PasswordHasher):
    """The bank's own hash with less work in it: these tests sign in hundreds of times."""

    time_cost, memory_cost, parallelism = 1, 8, 1  # eight threads cost more than the hash


@pytest.fixture(autouse=True)
def cheap_hashing(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{CheapArgon2.__module__}.{CheapArgon2.__name__}"]


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


@pytest.fixture
def person(db: None) -> Callable[..., Person]:
    return make_person


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the pages write into the trail, in order; it is written all the same."""
    from oauth.pages import trail

    real, seen = trail.audit.record, []

    def record(kind: str, **event: Any) -> Any:
        seen.append({"kind": kind, **event})
        return real(kind, **event)

    monkeypatch.setattr(trail.audit, "record", record)
    return seen
