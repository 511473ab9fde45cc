"""What is written, and above all what is not."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from gunicorn.config import Config

from bank.observability import logs
from bank.observability.context import RequestContext, enter, leave
from deploy import web_server
from deploy.web_log import SparingLogger
from tests.bank.conftest import Caller

Lines = Any


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Whatever any logger writes, as the bank's handler would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


class TestJsonFormatter:
    def test_keeps_only_listed_keys(self, lines: Lines) -> None:
        logging.getLogger("bank.x").warning("seen", extra={"door": "token", "username": "alice"})
        structlog.get_logger("bank.y").warning("seen", count=3, iban="GB29NWBK60161331926819")
        first, second = lines()
        assert (first["door"], second["count"]) == ("token", 3)
        assert "alice" not in json.dumps(first)
        assert "GB29" not in json.dumps(second)

    def test_tells_where_an_exception_was_and_not_what_it_said(self, lines: Lines) -> None:
        try:
            raise ValueError("Key (name)=(Alice Archer) already exists")
        except ValueError:
            logging.getLogger("bank.x").exception("failed")
        (line,) = lines()
        assert line["error_type"] == "ValueError"
        assert "test_logs.py" in line["frames"][-1]
        assert "Alice" not in json.dumps(line)

    def test_drops_the_arguments_of_other_libraries(self, lines: Lines) -> None:
        logging.getLogger("somebody.else").warning("code is %s", "s3cr3t")
        assert lines()[0]["event"] == "code is %s"

    def test_names_the_request(self, lines: Lines) -> None:
        enter(RequestContext(request_id="req-12345", trace_id="ab" * 16))
        try:
            logging.getLogger("bank.x").warning("seen")
        finally:
            leave()
        assert lines()[0]["request_id"] == "req-12345"

    @pytest.mark.parametrize(
        "name", ["oauthlib", "oauthlib.oauth2.rfc6749", "requests_oauthlib", "oauth2_provider"]
    )
    def test_libraries_that_see_tokens_stay_quiet(self, lines: Lines, name: str) -> None:
        logging.getLogger(name).debug("code=abc")
        logging.getLogger(name).info("token=abc")
        assert lines() == []


class TestAccessLog:
    def test_is_one_line_with_the_route_and_never_the_address(
        self, app: Caller, lines: Lines, settings: Any
    ) -> None:
        app.get(
            "/v1/orders/ord_secret/capture",
            headers={"User-Agent": "Alice's phone"},
            REMOTE_ADDR="203.0.113.9",
        )
        (line,) = [line for line in lines() if line.get("event") == "request"]
        assert line["route"] == "/v1/orders/<str:order_id>/capture"
        assert line["status"] == 405
        assert line["duration_ms"] >= 0
        written = json.dumps(line)
        assert not any(word in written for word in ("ord_secret", "203.0.113.9", "Alice", "usr_1"))

    def test_is_written_for_what_is_refused_at_the_door(self, caller: Caller, lines: Lines) -> None:
        caller.generic("TRACE", "/v1/readable")
        (line,) = [line for line in lines() if line.get("event") == "request"]
        assert (line["method"], line["status"], line["route"]) == ("other", 405, "unrouted")


class TestLogOfTheServer:
    def test_is_json_and_says_neither_who_asked_nor_what(self, capsys: pytest.CaptureFixture[str]) -> None:
        server = SparingLogger(Config())
        server.warning("Invalid request from ip=192.0.2.7: Invalid HTTP Header: 'X-NAME: alice'")
        try:
            raise ValueError("alice")
        except ValueError:
            server.exception("Error handling request %s %s", "GET", "/alice")
        written = capsys.readouterr().err
        assert [json.loads(line)["event"] for line in written.splitlines()] == [
            "Invalid request", "Error handling request %s %s",
        ]  # fmt: skip
        assert "192.0.2.7" not in written
        assert "alice" not in written

    def test_is_what_the_server_writes(self) -> None:
        assert f"{SparingLogger.__module__}.{SparingLogger.__qualname__}" == web_server.logger_class
