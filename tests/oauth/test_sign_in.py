"""Who a session is: acr, amr, auth_time, and the Actor of a page."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from audit.actor import ANONYMOUS
from bank.access.roles import CUSTOMER, SUPPORT
from oauth import sign_in
from oauth.actors import actor_for_session
from oauth.models import User
from tests.oauth.conftest import new_user


def request_of(user: Any, *methods: dict[str, str]) -> Any:
    """Return a request whose session remembers these steps of signing in, as allauth writes them."""
    request = RequestFactory().get("/")
    request.user = user
    request.session = {}  # type: ignore[assignment]
    for method in methods:
        record_authentication(request, user, **method)
    return request


PASSWORD = {"method": "password"}
TOTP = {"method": "mfa", "type": "totp"}


class TestSignIn:
    def test_by_password_is_one_factor(self, db: None) -> None:
        how = sign_in.of_session(request_of(new_user(), PASSWORD))
        assert (how.acr, how.amr) == (sign_in.ONE_FACTOR, ("pwd",))

    def test_by_password_and_code_is_two(self, db: None) -> None:
        how = sign_in.of_session(request_of(new_user(), PASSWORD, TOTP))
        assert (how.acr, how.amr) == (sign_in.TWO_FACTORS, ("pwd", "otp"))

    @pytest.mark.parametrize(
        "methods", [[PASSWORD, PASSWORD], [TOTP], [{"method": "something new"}, PASSWORD]]
    )
    def test_by_less_is_not_two(self, db: None, methods: list[dict[str, str]]) -> None:
        assert sign_in.of_session(request_of(new_user(), *methods)).acr == sign_in.ONE_FACTOR

    def test_happened_when_its_last_step_did(self, db: None) -> None:
        how = sign_in.of_session(request_of(new_user(), PASSWORD, TOTP))
        assert abs(how.auth_time.timestamp() - time.time()) < 5

    def test_of_another_login_in_the_session_does_not_count(self, db: None) -> None:
        request = request_of(new_user(), PASSWORD, TOTP)
        request.user = new_user()
        assert sign_in.of_session(request).acr == sign_in.ONE_FACTOR


class TestActorForSession:
    def test_is_the_customer_with_the_rights_of_the_role(self, db: None) -> None:
        user = new_user(roles=[CUSTOMER])
        actor = actor_for_session(request_of(user, PASSWORD))
        assert (actor.type, actor.user_id, actor.auth_method) == ("customer", user.id, "pwd")
        assert actor.permissions == user.permissions
        assert not actor.bound_to_consent

    def test_is_staff_with_any_staff_role(self, db: None) -> None:
        actor = actor_for_session(request_of(new_user(roles=[CUSTOMER, SUPPORT]), PASSWORD, TOTP))
        assert (actor.type, actor.acr) == ("staff", sign_in.TWO_FACTORS)

    @pytest.mark.parametrize(
        "user", [AnonymousUser(), SimpleNamespace(is_authenticated=True, is_active=False)]
    )
    def test_is_anonymous_when_nobody_is_signed_in(self, user: Any) -> None:
        assert actor_for_session(request_of(user)) == ANONYMOUS


class TestUser:
    def test_switched_off_may_do_nothing(self) -> None:
        assert User(roles=[CUSTOMER], is_active=False).permissions == frozenset()
