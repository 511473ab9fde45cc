"""Bytes a client library would not send, straight to the running bank's socket."""

import contextlib
import json
import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.live import LiveBank

pytestmark = pytest.mark.live

HOST = b"Host: {host}\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def get(headers: bytes, target: bytes = b"/v1/accounts", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + headers + b"\r\n"


def post(headers: bytes, body: bytes = b"") -> bytes:
    return get(HOST + headers, b"/v1/payments", b"POST") + body


STRANGER = {401, 429}  # one without a token, who may have knocked too often by now
MANY = b"".join(b"X-%d: 1\r\n" % number for number in range(200))
LONG = b"a" * 9000
MORE_THAN_THREADS = 20
REQUESTS = {
    "TRACE": (get(HOST + b"X-Secret: s3cr3t\r\n", method=b"TRACE"), {405}),
    "CONNECT": (get(HOST, b"{host}", b"CONNECT"), {400, 404, 405}),
    "no Host": (get(b""), {400, 421}),
    "two Hosts": (get(HOST + b"Host: evil.example\r\n"), {400, 421}),
    "another Host": (get(b"Host: evil.example\r\n"), {421}),
    "absolute form to another host": (get(b"Host: evil.example\r\n", b"https://evil.example/"), {400, 421}),
    "two lengths": (post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"), {400}),
    "a length and chunks": (post(b"Content-Length: 2\r\n" + CHUNKED, b"0\r\n\r\n"), {400, 411}),
    "chunks in disguise": (post(b"Transfer-Encoding: x, chunked \r\n", b"0\r\n\r\n"), {400, 411, 501}),
    "chunks": (post(CHUNKED, b"2\r\n{}\r\n0\r\n\r\n"), {411}),
    "a negative length": (post(b"Content-Length: -1\r\n"), {400}),
    "a body announced too long": (post(b"Content-Length: 99999999\r\n"), {413}),
    "a header over lines": (get(HOST + b"X-A: 1\r\n folded\r\n"), {400}),
    "an underscore for a dash": (get(HOST + b"X_Forwarded_For: 127.0.0.1\r\n"), {400, *STRANGER}),
    "a space before the colon": (get(HOST + b"Authorization : DPoP x\r\n"), {400}),
    "a NUL": (get(HOST + b"X-A: a\x00b\r\n"), {400}),
    "bare line feeds": (b"GET /v1/accounts HTTP/1.1\nHost: {host}\n\n", {400, *STRANGER}),
    "a line too long": (get(HOST, b"/" + LONG), {400, 414}),
    "a header too long": (get(HOST + b"X-A: " + LONG + b"\r\n"), {400, 431}),
    "too many headers": (get(HOST + MANY), {400, 431}),
    "metrics for a forged proxy": (get(HOST + b"X-Forwarded-For: 127.0.0.1\r\n", b"/metrics"), STRANGER),
}


def connect(bank: LiveBank) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(bank.ca_file))
    plain = socket.create_connection(("127.0.0.1", bank.port), timeout=40)
    return context.wrap_socket(plain, server_hostname="localhost")


def status_of(bank: LiveBank, request: bytes) -> tuple[int, bytes]:
    host = urlsplit(bank["base_url"]).netloc.encode()
    with connect(bank) as tls:
        tls.sendall(request.replace(b"{host}", host))
        answer = tls.recv(65536)
    return int(answer.split(b" ", 2)[1]), answer


class TestRawRequest:
    @pytest.mark.parametrize("name", REQUESTS)
    def test_is_refused(self, live_bank: LiveBank, name: str) -> None:
        request, expected = REQUESTS[name]
        status, answer = status_of(live_bank, request)
        assert status in expected, answer
        assert b"s3cr3t" not in answer

    def test_leaves_neither_address_nor_words_in_the_log(self, live_bank: LiveBank) -> None:
        status_of(live_bank, get(HOST + b"X-A: al\x00ice\r\n"))
        written = (live_bank.state / "logs" / "web.log").read_text()
        assert {"event", "logger"} <= set.intersection(
            *(set(json.loads(line)) for line in written.splitlines())
        )
        assert "Invalid request" in written
        assert "127.0.0.1" not in written

    def test_silent_and_slow_clients_keep_nobody_waiting(self, live_bank: LiveBank) -> None:
        silent = [socket.create_connection(("127.0.0.1", live_bank.port)) for _ in range(40)]
        slow = [connect(live_bank) for _ in range(MORE_THAN_THREADS)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\nHost: ")
        try:
            status, _ = status_of(live_bank, b"GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n")
            assert status == 200
            assert [one.recv(1) for one in slow] == [b""] * len(slow)  # cut by the bank
        finally:
            for one in [*silent, *slow]:
                one.close()

    @pytest.mark.parametrize("size", [70_000, 2_000_000])
    def test_too_long_is_answered_and_so_is_the_next(self, live_bank: LiveBank, size: int) -> None:
        with requests.Session() as client:
            client.trust_env, client.verify = False, str(live_bank.ca_file)
            for _ in range(5):
                refused = client.post(f"{live_bank['base_url']}/v1/payments", data=b" " * size, timeout=20)
                assert refused.status_code == 413
                assert client.get(f"{live_bank['base_url']}/livez", timeout=20).status_code == 200

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
    def test_old_tls_is_refused(self, live_bank: LiveBank, version: ssl.TLSVersion) -> None:
        context = ssl.create_default_context(cafile=str(live_bank.ca_file))
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        plain = socket.create_connection(("127.0.0.1", live_bank.port), timeout=10)
        with (
            pytest.raises((ssl.SSLError, ConnectionError)),
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            pass

    def test_plain_http_on_the_port_gets_no_page(self, live_bank: LiveBank) -> None:
        with socket.create_connection(("127.0.0.1", live_bank.port), timeout=10) as plain:
            plain.sendall(b"GET /v1/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: DPoP x\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                assert b"200 OK" not in plain.recv(4096)
