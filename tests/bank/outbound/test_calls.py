"""Calls to real servers, good and bad."""

import time
from typing import Any

import pytest

from bank.outbound import CallFailed, Limits, call, get_document
from tests.bank.outbound.servers import Server, drips, pours, says

JSON = ("application/json", "application/jwk-set+json")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
QUICK = Limits(seconds=0.7)


class TestGetDocument:
    def test_returns_the_body(self, serve: Any) -> None:
        server = serve(says(b'{"keys": []}'))
        assert get_document(server.url("/jwks?v=1"), accepts=JSON) == b'{"keys": []}'
        head = server.heads[0].decode().lower()
        assert head.startswith("get /jwks?v=1 http/1.1")
        assert f"host: localhost:{server.port}" in head

    def test_sends_nothing_that_names_anybody(self, serve: Any) -> None:
        server = serve(says(b"{}"))
        get_document(server.url(), accepts=JSON)
        head = server.heads[0].lower()
        assert b"cookie" not in head
        assert b"authorization" not in head
        assert b"referer" not in head

    @pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "500 Oops", "206 Partial Content"])
    def test_takes_200_alone(self, serve: Any, status: str) -> None:
        with pytest.raises(CallFailed):
            get_document(serve(says(b"{}", status=status)).url(), accepts=JSON)

    @pytest.mark.parametrize(
        "content_type", ["text/html", "text/plain; application/json", "", "application/jsonp"]
    )
    def test_refuses_another_content_type(self, serve: Any, content_type: str) -> None:
        with pytest.raises(CallFailed, match="type"):
            get_document(serve(says(b"{}", content_type)).url(), accepts=JSON)

    def test_takes_a_content_type_with_parameters(self, serve: Any) -> None:
        assert (
            get_document(serve(says(b"{}", "Application/JSON; charset=utf-8")).url(), accepts=JSON) == b"{}"
        )


class TestCall:
    @pytest.mark.parametrize(
        "status", ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 Moved", "304 Same"]
    )
    def test_follows_no_redirect(self, serve: Any, status: str) -> None:
        target = serve(says(b"secret"))
        server = serve(says(b"", status=status, Location=target.url()))
        with pytest.raises(CallFailed, match="redirect"):
            call("GET", server.url())
        assert target.connections == 0
        assert server.connections == 1

    def test_sends_a_body_once_and_returns_any_other_status(self, serve: Any) -> None:
        server = serve(says(b"no", status="503 Busy"))
        answer = call("POST", server.url(), body=b"{}", headers={"Content-Type": "application/json"})
        assert (answer.status, answer.body, server.connections) == (503, b"no", 1)

    @pytest.mark.parametrize("announced", [True, False])
    def test_stops_at_the_size_limit_of_ten_megabytes(self, serve: Any, announced: bool) -> None:
        began = time.monotonic()
        with pytest.raises(CallFailed, match="too long"):
            call("GET", serve(pours(10 * 1024 * 1024, announced=announced)).url())
        assert time.monotonic() - began < 2

    def test_takes_an_answer_of_exactly_the_limit(self, serve: Any) -> None:
        server = serve(says(b"x" * 100))
        assert len(call("GET", server.url(), limits=Limits(answer_bytes=100)).body) == 100
        with pytest.raises(CallFailed):
            call("GET", server.url(), limits=Limits(answer_bytes=99))

    @pytest.mark.parametrize(
        "before",
        [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD + b"\r\n", HEAD + b"Content-Length: 9999\r\n\r\n"],
    )
    def test_cuts_a_slow_drip_wherever_it_drips(self, serve: Any, before: bytes) -> None:
        began = time.monotonic()
        with pytest.raises(CallFailed):
            call("GET", serve(drips(before)).url(), limits=QUICK)
        assert time.monotonic() - began < 1.5

    def test_cuts_a_handshake_that_never_ends(self, trusted: Any) -> None:
        began = time.monotonic()
        with Server(None, drips(b"\x16\x03\x03\x40\x00")) as server, pytest.raises(CallFailed):
            call("GET", server.url(), limits=QUICK)
        assert time.monotonic() - began < 1.5

    def test_refuses_a_compressed_answer(self, serve: Any) -> None:
        with pytest.raises(CallFailed, match="compressed"):
            call("GET", serve(says(b"\x1f\x8b", Content_Encoding="gzip")).url())

    def test_refuses_what_is_no_http(self, serve: Any) -> None:
        with pytest.raises(CallFailed):
            call("GET", serve(lambda line, head: line.sendall(b"SSH-2.0-OpenSSH\r\n")).url())

    def test_fails_where_nobody_listens(self, trusted: Any) -> None:
        with pytest.raises(CallFailed):
            call("GET", "https://localhost:1/".replace(":1/", ":1024/"))


class TestTls:
    def test_refuses_a_certificate_for_another_host(self, serve: Any) -> None:
        server = serve(says(b"{}"), name="other.example")
        with pytest.raises(CallFailed):
            call("GET", server.url())
        assert server.heads == []

    def test_refuses_an_authority_it_does_not_know(self, serve: Any, settings: Any) -> None:
        settings.OUTBOUND_CA_FILE = ""
        with pytest.raises(CallFailed):
            call("GET", serve(says(b"{}")).url())
