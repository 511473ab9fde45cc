"""The login of a member of staff, made on the machine: the way into a bank that has none yet."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from bank.access.roles import PLATFORM_ADMIN
from oauth.models import User
from tests.pages.conftest import Browser, Person

pytestmark = pytest.mark.usefixtures("db")


def make(name: str, *roles: str) -> str:
    """Run the command and return what it printed."""
    out = StringIO()
    call_command("create_login", name, *(f"--role={role}" for role in roles), stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def a_name() -> str:
    return f"anna.{uuid4().hex[:8]}"


class TestCommand:
    def test_prints_a_password_that_signs_in_and_leads_to_a_second_factor(self) -> None:
        name = a_name()
        password = make(name, PLATFORM_ADMIN)
        assert User.objects.get(username=name).roles == [PLATFORM_ADMIN]
        browser = Browser()
        browser.sign_in(Person(User.objects.get(username=name), password=password))
        assert browser.get("/admin/login/").headers["Location"] == reverse("mfa_index")

    def test_refuses_a_name_that_is_taken(self) -> None:
        name = a_name()
        make(name, PLATFORM_ADMIN)
        with pytest.raises(CommandError, match="already"):
            make(name, PLATFORM_ADMIN)

    @pytest.mark.parametrize("name", ["", "an", "Anna", "anna smith", "änna", "a" * 65])
    def test_refuses_what_no_name_can_be(self, name: str) -> None:
        with pytest.raises(CommandError, match="small letter"):
            make(name, PLATFORM_ADMIN)

    @pytest.mark.parametrize("role", ["customer", "king"])
    def test_makes_staff_alone(self, role: str) -> None:
        with pytest.raises(CommandError, match="invalid choice"):
            make(a_name(), role)
