"""A new password: long, not a common one, not like the name; what is refused changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.pages.conftest import Browser, Person

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize(
    ("new", "is_taken"),
    [
        ("elevenchars", False),
        ("twelvechars!", True),
        ("123456789012345", False),
        ("password1234", False),
        ("another harbour, another night", True),
    ],
)
def test_a_new_password_is_long_and_uncommon(person: Callable[..., Person], new: str, is_taken: bool) -> None:
    someone, browser = person(), Browser()
    browser.sign_in(someone)
    fields: dict[str, Any] = {"oldpassword": someone.password, "password1": new, "password2": new}
    browser.send("/account/security/password/", fields)
    someone.user.refresh_from_db()
    assert someone.user.check_password(new) == is_taken
    assert someone.user.check_password(someone.password) != is_taken
