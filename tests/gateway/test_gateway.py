"""What the gateway refuses by itself, what it passes on, and what it never lets through."""

import contextlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from django.conf import settings

from bank import problems
from bank.access import ip_gate
from bank.access.addresses import normalised
from bank.access.ip_gate import AddressRefused
from bank.access.models import IpRule
from bank.access.rate_limits import RateLimited
from bank.errors import NotFound, Unauthorized
from bank.wire.errors import BodyTooLarge
from oauth.challenges import challenge
from tests.gateway.conftest import (
    BURST,
    CONNECTIONS,
    CROWDING,
    DENIED,
    FLOODING,
    HONEST,
    PATIENCE_SECONDS,
    STAFF,
    Gateway,
)

pytestmark = pytest.mark.xdist_group("gateway")  # one process: what they share costs seconds to start

TOKEN = {"Authorization": "DPoP nothing-worth"}
POST = b"POST /v1/payments HTTP/1.1\r\nHost: {host}\r\nAuthorization: DPoP x\r\n"
BEGUN = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: {host}\r\nX-Smuggled: 1\r\n\r\n"


class TestPassing:
    def test_lets_through_what_is_public(self, gateway: Gateway) -> None:
        for path in ("/livez", "/.well-known/oauth-authorization-server", "/", "/v1/audit/policy"):
            assert gateway.ask("GET", path).status_code == 200, path

    def test_lets_the_bank_decide_about_credentials(self, gateway: Gateway) -> None:
        for headers in (TOKEN, {"X-API-Key": "hb_test_x"}):
            answer = gateway.ask("GET", "/v1/accounts", headers=headers)
            assert answer.status_code == 401
            assert "error" in answer.headers["WWW-Authenticate"] or "X-API-Key" in headers

    def test_hands_on_a_request_id_and_takes_no_other_text_for_one(self, gateway: Gateway) -> None:
        named = gateway.ask("GET", "/livez", headers={"X-Request-ID": "gateway-test-1"})
        assert named.headers["X-Request-ID"] == "gateway-test-1"
        odd = gateway.ask("GET", "/livez", headers={"X-Request-ID": 'x"}<script>'})
        assert len(odd.headers["X-Request-ID"]) == 32

    def test_tells_the_bank_where_a_request_comes_from_whatever_the_client_says(
        self, gateway: Gateway
    ) -> None:
        with denied_by_the_bank(HONEST):
            lies = dict.fromkeys(("X-Forwarded-For", "Forwarded", "X-Real-IP"), "192.0.2.1")
            assert gateway.ask("GET", "/docs/", headers=lies).status_code == 403
            assert gateway.ask("GET", "/docs/", address=STAFF, headers={"X-Forwarded-For": HONEST}).ok


class TestCredentials:
    def test_none_is_refused_before_the_bank_is_asked(self, gateway: Gateway) -> None:
        answer = gateway.ask("GET", "/v1/accounts")
        assert_says(answer, Unauthorized)
        assert answer.headers["WWW-Authenticate"] == challenge()
        assert gateway.log()[-1]["bank_seconds"] == ""

    def test_none_is_needed_where_the_bank_wants_none(self, gateway: Gateway) -> None:
        assert gateway.ask("GET", "/v1/audit/checkpoint").status_code != 401
        assert gateway.ask("POST", "/oauth/par").json()["error"] == "invalid_request"

    def test_none_is_refused_under_every_spelling(self, gateway: Gateway) -> None:
        for path in ("/v1/%61ccounts", "/v1/accounts/.", "/%76%31/accounts"):
            assert gateway.ask("GET", path).status_code == 401, path


class TestAddresses:
    def test_denied_are_served_nothing(self, gateway: Gateway) -> None:
        for path in ("/", "/admin/", "/v1/accounts"):
            assert_says(gateway.ask("GET", path, address=DENIED, headers=TOKEN), AddressRefused)

    def test_of_staff_alone_come_to_the_admin(self, gateway: Gateway) -> None:
        assert gateway.ask("GET", "/admin/login/", address=STAFF).status_code in {200, 302}
        assert_says(gateway.ask("GET", "/admin/login/"), AddressRefused)

    @pytest.mark.parametrize(
        "path",
        [
            "//admin/",
            "/x/../admin/",
            "/docs/%2e%2e/admin/",
            "/admin%2Flogin/",
            "/docs/..%2fadmin/",
            "/a%5cb",
            "/a%00",
        ],
        ids=range(7),
    )
    def test_have_no_second_spelling_of_the_way_there(self, gateway: Gateway, path: str) -> None:
        assert gateway.ask("GET", path).status_code in {400, 403}

    def test_that_hide_dots_in_a_query_are_served(self, gateway: Gateway) -> None:
        assert gateway.ask("GET", "/docs/?next=%2F..%2F//").status_code == 200

    def test_inside_are_asked_by_nobody_outside(self, gateway: Gateway) -> None:
        for path in ("/metrics", "/readyz", "/%6detrics"):
            assert_says(gateway.ask("GET", path, headers={"X-API-Key": "hb_test_x"}), NotFound)


class TestFloods:
    def test_of_requests_are_slowed_down_and_nobody_else_is(self, gateway: Gateway) -> None:
        with ThreadPoolExecutor(8) as pool:
            flood = [pool.submit(gateway.ask, "GET", "/livez", address=FLOODING) for _ in range(BURST * 4)]
            calm = gateway.ask("GET", "/livez")
            answers = [one.result() for one in flood]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert calm.status_code == 200
        assert sum(answer.status_code == 200 for answer in answers) >= BURST
        assert_says(refused[0], RateLimited)
        assert refused[0].headers["Retry-After"] == "1"
        assert "REJECTED" in {line["requests_limited"] for line in gateway.log()}

    def test_of_connections_are_bounded_and_hold_nobody_else_up(self, gateway: Gateway) -> None:
        with contextlib.ExitStack() as open_ones:
            for _ in range(CONNECTIONS):
                slow = open_ones.enter_context(gateway.connect(CROWDING))
                slow.sendall(BEGUN)
            assert_says(gateway.ask("GET", "/livez", address=CROWDING), RateLimited)
            assert gateway.ask("GET", "/livez").status_code == 200

    @pytest.mark.parametrize("begun", [BEGUN, b"GET / HTT"], ids=["body", "header"])
    def test_of_slow_clients_are_cut(self, gateway: Gateway, begun: bytes) -> None:
        with gateway.connect() as tls:
            tls.sendall(begun)
            tls.settimeout(PATIENCE_SECONDS + 10)  # else: TimeoutError
            assert b" 200 " not in tls.recv(65536)


class TestSizes:
    def test_are_those_the_bank_reads(self, gateway: Gateway) -> None:
        for path, most in (
            ("/v1/payments", settings.MAX_BODY_BYTES),
            ("/login/", settings.MAX_FORM_BYTES),
            (f"/v1/payment-batches/bat_{'0' * 26}/file", settings.MAX_FILE_BYTES),
        ):
            method = "PUT" if path.endswith("file") else "POST"
            assert_says(gateway.ask(method, path, data=b"x" * (most + 1), headers=TOKEN), BodyTooLarge)
            assert gateway.ask(method, path, data=b"x" * most, headers=TOKEN).status_code != 413, path

    def test_of_headers_are_bounded(self, gateway: Gateway) -> None:
        answer = gateway.ask("GET", "/", headers={"X-Long": "x" * 9000})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


class TestSmuggling:
    """What two programs could read in two ways is read in one, or refused: one request, one answer."""

    @pytest.mark.parametrize(
        "request_",
        [
            POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
            POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + SMUGGLED + b"0\r\n\r\n",
            POST + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}" + SMUGGLED,
            POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
            POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
            POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
            POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
            POST + b"X: y\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + SMUGGLED,
            POST + b"Content-Length: +2\r\n\r\n{}" + SMUGGLED,
            POST + b"Content_Length: 60\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        ],
        ids=range(10),
    )
    def test_is_one_request(self, gateway: Gateway, request_: bytes) -> None:
        answer = gateway.raw(request_)
        assert answer.count(b"HTTP/1.1 2") == 0
        gateway.ask("GET", "/v1/accounts", headers=TOKEN)  # it would get the answer meant for another
        routes = gateway.routes_inside()
        assert "/v1/accounts" in routes
        assert "/metrics" not in routes

    def test_in_chunks_are_counted_before_they_are_passed_on(self, gateway: Gateway) -> None:
        chunks = POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        assert gateway.raw(chunks).startswith(b"HTTP/1.1 401")


class TestHttps:
    def test_plain_http_is_refused_and_not_redirected(self, gateway: Gateway) -> None:
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as plain:
            plain.sendall(b"GET /v1/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: DPoP x\r\n\r\n")
            answer = plain.recv(65536)
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"Location" not in answer


class TestMonitoring:
    def test_tells_who_is_on_this_machine(self, gateway: Gateway) -> None:
        told = requests.get(f"http://127.0.0.1:{gateway.status}/status", timeout=5).text
        assert told.startswith("Active connections:")

    def test_writes_no_path_query_or_token(self, gateway: Gateway) -> None:
        gateway.ask("GET", "/docs/?name=alice-archer", headers={"Authorization": "DPoP s3cr3t-s3cr3t"})
        line = gateway.log()[-1]
        assert (line["address"], line["method"], line["status"]) == (HONEST, "GET", 200)
        written = (gateway.folder / "access.log").read_text()
        assert "alice-archer" not in written
        assert "s3cr3t" not in written


def assert_says(answer: requests.Response, error: Any) -> None:
    """Hold an answer of the gateway's own against what the bank says of the same."""
    expected = problems.body_of(error(), "/")
    told = answer.json()
    assert answer.headers["Content-Type"] == problems.CONTENT_TYPE
    assert {name: told[name] for name in ("type", "title", "status", "code")} == {
        name: expected[name] for name in ("type", "title", "status", "code")
    }
    assert answer.status_code == expected["status"]
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert answer.headers["Cache-Control"] == "no-store"


@contextlib.contextmanager
def denied_by_the_bank(address: str) -> Iterator[None]:
    """Have a rule of the bank's own for a while."""
    rule = IpRule.objects.create(
        effect="deny", scope="everything", network=normalised(address), reason="test"
    )
    time.sleep(ip_gate.FRESH_SECONDS + 0.5)
    try:
        yield
    finally:
        rule.delete()
        time.sleep(ip_gate.FRESH_SECONDS + 0.5)
