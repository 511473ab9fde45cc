"""What a caller is told when something goes wrong."""

import json
from typing import Any

import pytest

from bank import problems
from bank.errors import Conflict, Refused, Unavailable
from tests.bank.conftest import Caller


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == status
    assert body["type"] == f"https://testserver/docs/errors/{body['code']}/"
    assert body["request_id"] == response["X-Request-ID"]
    assert {"title", "detail", "instance"} <= body.keys()
    return body


class TestStatusOf:
    def test_is_that_of_the_nearest_kind(self) -> None:
        class Strange(Refused):
            """Strange."""

        assert problems.status_of(Strange) == 422
        assert problems.status_of(Unavailable()) == 503
        assert problems.status_of(problems.InternalError) == 500

    def test_knows_every_error_of_the_bank(self) -> None:
        assert all(problems.status_of(error) >= 400 for error in problems.all_errors())


class TestProblem:
    def test_carries_the_reason_code_only_where_there_is_one(self) -> None:
        class NoFunds(Refused):
            """No funds."""

            reason_code = "AM04"

        assert problems.body_of(NoFunds(), "/v1/x")["reason_code"] == "AM04"
        assert "reason_code" not in problems.body_of(Conflict(), "/v1/x")

    def test_asks_to_come_back_when_a_part_is_down(self) -> None:
        assert problems.headers_of(Unavailable())["Retry-After"] == "5"
        assert "Retry-After" not in problems.headers_of(Conflict())


class TestAnswers:
    @pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1"])
    def test_unknown_address_of_the_api(self, caller: Caller, path: str) -> None:
        assert problem(caller.get(path), 404)["code"] == "not_found"

    def test_unknown_page_is_a_page(self, caller: Caller) -> None:
        response = caller.get("/nothing/")
        assert response.status_code == 404
        assert response["Content-Type"].startswith("text/html")

    def test_unexpected_exception_tells_nothing_internal(self, caller: Caller, caplog: Any) -> None:
        response = caller.get("/v1/breaks")
        assert problem(response, 500)["code"] == "internal_error"
        assert b"hunter2" not in response.content
        assert "hunter2" not in json.dumps([str(record.msg) for record in caplog.records])

    def test_unexpected_exception_of_a_page_is_a_page(self, caller: Caller) -> None:
        response = caller.get("/page/breaks/")
        assert response.status_code == 500
        assert response["Content-Type"].startswith("text/html")
        assert b"secret" not in response.content

    def test_statement_timeout_is_unavailable(self, rooms: None, real_db: None) -> None:
        response = Caller(raise_request_exception=False).get("/v1/waits")
        problem(response, 503)
        assert response["Retry-After"]

    def test_lost_connection_is_unavailable_and_names_no_host(self, caller: Caller) -> None:
        response = caller.get("/v1/lost")
        problem(response, 503)
        assert b"10.0.0.7" not in response.content

    def test_no_token(self, caller: Caller) -> None:
        response = caller.get("/v1/readable")
        problem(response, 401)
        assert response["WWW-Authenticate"] == 'DPoP algs="ES256"'

    def test_unbelieved_token(self, caller: Caller) -> None:
        response = caller.get("/v1/readable", headers={"Authorization": "Bearer x"})
        assert problem(response, 401)["detail"] == "this token is not known"
        assert response["WWW-Authenticate"]

    def test_method_not_served(self, app: Caller) -> None:
        response = app.delete("/v1/readable")
        problem(response, 405)
        assert response["Allow"] == "GET, HEAD"
        problem(app.options("/v1/readable"), 405)

    @pytest.mark.parametrize("method", ["options", "delete"])
    def test_method_without_a_named_permission(self, app: Caller, method: str) -> None:
        problem(getattr(app, method)("/v1/by-method"), 405)

    def test_media_type_not_served(self, app: Caller) -> None:
        problem(app.get("/v1/readable", headers={"Accept": "text/csv"}), 406)

    def test_validation_points_at_each_field(self, caller: Caller) -> None:
        response = caller.send("/v1/echo", b'{"amount": {"amount": 1.5}, "reference": ""}')
        pointers = {error["pointer"]: error["code"] for error in problem(response, 400)["errors"]}
        assert pointers == {
            "/amount/amount": "wrong_type",
            "/amount/currency": "required",
            "/reference": "blank",
        }
