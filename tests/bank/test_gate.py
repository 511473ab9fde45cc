"""Who may pass the door."""

from typing import Any

import pytest

from bank.access import signals
from tests.bank.conftest import Caller
from tests.bank.test_problems import problem


class TestNamedPermission:
    def test_lets_in_who_holds_it(self, app: Caller) -> None:
        assert app.get("/v1/readable").json() == {"caller": "piggy:usr_1"}

    def test_lets_anybody_into_what_is_public(self, caller: Caller) -> None:
        assert caller.get("/v1/by-method").status_code == 200

    def test_refuses_who_lacks_it_and_says_what_is_missing(self, app: Caller) -> None:
        response = app.get("/v1/out-of-scope")
        assert problem(response, 403)["code"] == "insufficient_scope"
        assert response["WWW-Authenticate"] == 'DPoP error="insufficient_scope", scope="clients:manage"'

    def test_refuses_everybody_where_none_is_named(self, app: Caller) -> None:
        assert problem(app.get("/v1/nameless"), 403)["code"] == "view_names_no_permission"

    def test_refuses_strangers_before_anything_else(self, caller: Caller) -> None:
        problem(caller.get("/v1/out-of-scope?x=1"), 401)

    def test_reports_a_denied_attempt(self, app: Caller) -> None:
        heard: list[Any] = []

        def listen(permission: str, **_: Any) -> None:
            heard.append(permission)

        signals.access_denied.connect(listen)
        try:
            app.get("/v1/out-of-scope")
        finally:
            signals.access_denied.disconnect(listen)
        assert heard == ["clients:manage"]

    def test_fails_closed_when_the_attempt_cannot_be_reported(self, app: Caller) -> None:
        def broken(**_: Any) -> None:
            raise RuntimeError

        signals.access_denied.connect(broken)
        try:
            assert app.get("/v1/out-of-scope").status_code == 500
        finally:
            signals.access_denied.disconnect(broken)

    @pytest.mark.parametrize("query", ["?x=1", "?readable", "?limit=5"])
    def test_refuses_a_query_nobody_asked_for(self, app: Caller, query: str) -> None:
        assert problem(app.get(f"/v1/readable{query}"), 400)["errors"][0]["code"] == "unknown"
