"""What every request passes and every answer carries."""

import re
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from bank.middleware.headers import common_headers
from bank.middleware.request_context import route_of
from bank.observability.context import RequestContext, current
from tests.bank.conftest import Caller
from tests.bank.test_problems import problem

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class TestRequestId:
    @pytest.mark.parametrize("offered", ["abcd1234", "A-b_9" * 8, "x" * 64])
    def test_is_the_clients_where_it_is_a_plain_word(self, caller: Caller, offered: str) -> None:
        assert caller.get("/page/", headers={"X-Request-ID": offered})["X-Request-ID"] == offered

    @pytest.mark.parametrize(
        "offered", ["", "short", "x" * 65, "a b c d e f", "evil\r\nSet-Cookie: a", "<script>x", "é" * 9]
    )
    def test_is_a_new_one_otherwise(self, caller: Caller, offered: str) -> None:
        assert UUID7.fullmatch(caller.get("/page/", HTTP_X_REQUEST_ID=offered)["X-Request-ID"])

    @pytest.mark.parametrize("path", ["/page/", "/nothing/", "/v1/nothing", "/v1/breaks", "/livez"])
    def test_stands_on_every_answer(self, caller: Caller, path: str) -> None:
        assert UUID7.fullmatch(caller.get(path)["X-Request-ID"])

    def test_is_forgotten_after_the_request(self, caller: Caller) -> None:
        caller.get("/page/")
        assert current().request_id == ""


class TestTrace:
    def test_continues_the_callers(self, caller: Caller) -> None:
        parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        answered = caller.get("/page/", headers={"traceparent": parent})["traceparent"]
        assert answered.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        assert "00f067aa0ba902b7" not in answered

    @pytest.mark.parametrize(
        "parent",
        ["", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "ff-x", "00-" + "A" * 32 + "-" + "1" * 16 + "-01"],
    )
    def test_begins_anew_when_malformed(self, caller: Caller, parent: str) -> None:
        answered = caller.get("/page/", headers={"traceparent": parent})["traceparent"]
        assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01", answered)


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/page/", "/v1/by-method", "/nothing/", "/v1/nothing", "/v1/breaks", "/page/breaks/"]
    )
    def test_guard_every_answer(self, caller: Caller, path: str) -> None:
        response = caller.get(path)
        assert response["Cache-Control"] == "no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Strict-Transport-Security"].startswith("max-age=63072000")
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in response["Permissions-Policy"]

    @pytest.mark.parametrize("path", ["/page/", "/v1/by-method", "/v1/nothing", "/v1/breaks"])
    def test_say_how_long_the_body_is(self, caller: Caller, path: str) -> None:
        response = caller.get(path)
        assert response["Content-Length"] == str(len(response.content))

    def test_to_a_head_say_the_length_of_what_is_left_out(self) -> None:
        response = HttpResponse(b"abc")
        common_headers(RequestFactory().head("/"), response, RequestContext())
        assert (response["Content-Length"], response.content) == ("3", b"")

    def test_say_no_length_where_there_can_be_no_body(self) -> None:
        for status in (204, 304):
            response = HttpResponse(status=status)
            common_headers(HttpRequest(), response, RequestContext())
            assert "Content-Length" not in response

    def test_policy_allows_nothing_inline_and_nobody_else(self, caller: Caller) -> None:
        said = caller.get("/page/")["Content-Security-Policy"]
        policy = dict(part.strip().split(" ", 1) for part in said.split(";"))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "connect-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }

    def test_api_sets_no_cookie(self, app: Caller) -> None:
        assert app.get("/v1/readable").cookies == {}


class TestWhatIsNotRead:
    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FOO"])
    def test_other_methods(self, caller: Caller, method: str) -> None:
        refused = caller.generic(method, "/v1/by-method")
        problem(refused, 405)
        assert refused["Allow"] == "DELETE, GET, HEAD, PATCH, POST, PUT"

    @pytest.mark.parametrize("path", ["/livez", "/readyz"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_methods_that_probes_have_no_use_for(self, caller: Caller, path: str, method: str) -> None:
        refused = caller.generic(method, path)
        assert problem(refused, 405)["code"] == "method_not_allowed"
        assert refused["Allow"] == "GET, HEAD"

    def test_methods_a_page_does_not_serve_are_answered_by_a_page(self, caller: Caller) -> None:
        refused = caller.options("/page/read-only/")
        assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")
        assert "<h1>This method is not served here.</h1>" in refused.content.decode()

    def test_other_hosts(self, caller: Caller) -> None:
        problem(caller.get("/v1/by-method", HTTP_HOST="evil.example"), 421)

    @pytest.mark.parametrize("host", ["", "testserver:x", "testserver\r\nX: 1", "a" * 300])
    def test_hosts_that_are_none(self, caller: Caller, host: str) -> None:
        assert caller.get("/v1/by-method", HTTP_HOST=host).status_code == 421

    def test_plain_http_is_refused_by_the_api_and_not_redirected(self, caller: Caller) -> None:
        caller.scheme = "http"
        assert problem(caller.get("/v1/by-method"), 403)["code"] == "plain_http_refused"

    def test_plain_http_reaches_the_probes(self, caller: Caller) -> None:
        caller.scheme = "http"
        assert caller.get("/livez").status_code == 200

    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_plain_http_of_a_person_is_led_to_https(self, caller: Caller) -> None:
        caller.scheme = "http"
        assert caller.get("/page/")["Location"].startswith("https://testserver")

    @pytest.mark.parametrize(("path", "size"), [("/v1/echo", 64 * 1024 + 1), ("/page/", 256 * 1024 + 1)])
    def test_long_bodies(self, caller: Caller, path: str, size: int) -> None:
        assert caller.send(path, b" " * size).status_code == 413

    @pytest.mark.parametrize("length", ["-1", "1e3", "٣", "9" * 40, "+5"])
    def test_lengths_that_are_none(self, caller: Caller, length: str) -> None:
        assert caller.post("/v1/echo", "{}", "application/json", CONTENT_LENGTH=length).status_code == 413

    def test_bodies_without_a_length(self, caller: Caller) -> None:
        response = caller.post("/v1/echo", "{}", "application/json", HTTP_TRANSFER_ENCODING="chunked")
        problem(response, 411)


class TestRouteOf:
    def test_is_the_pattern(self, rf: Any) -> None:
        assert route_of(rf.get("/v1/x")) == "unrouted"


class TestOnlyPages:
    def test_a_session_cookie_means_nothing_to_the_api(self, caller: Caller, settings: Any) -> None:
        caller.cookies[settings.SESSION_COOKIE_NAME] = "anything"
        problem(caller.get("/v1/readable"), 401)
