"""The load generator's HTTP client reads answers right: a wrong one would make the bank look fast."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from benchmarks import load
from benchmarks.wire import Address, body_of, build, is_complete, status_of

FIXED = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


class TestReading:
    @pytest.mark.parametrize("answer", [FIXED, CHUNKED])
    def test_an_answer_is_whole_with_its_last_byte_only(self, answer: bytes) -> None:
        assert is_complete(answer)
        assert not any(is_complete(answer[:length]) for length in range(len(answer)))

    @pytest.mark.parametrize("answer", [FIXED, CHUNKED])
    def test_the_body_is_put_together(self, answer: bytes) -> None:
        assert body_of(answer) == b"hello"

    def test_no_answer_has_no_status(self) -> None:
        assert status_of(FIXED) == 201
        assert status_of(b"") == 0

    def test_a_request_says_how_long_its_body_is(self) -> None:
        request = build("POST", "/x", "localhost:1", {"DPoP": "p"}, b"abc")
        assert request == b"POST /x HTTP/1.1\r\nHost: localhost:1\r\nDPoP: p\r\nContent-Length: 3\r\n\r\nabc"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Address]:
    """A TLS server that answers 201 to POST and 200 to GET, one thread for each connection."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, context), daemon=True).start()
    yield Address("localhost", listener.getsockname()[1], str(tmp_path / "ca.pem"))
    listener.close()


def _accept(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(plain, context), daemon=True).start()


def _answer(plain: socket.socket, context: ssl.SSLContext) -> None:
    with context.wrap_socket(plain, server_side=True) as connection:
        while request := connection.recv(65536):
            connection.sendall(FIXED if request.startswith(b"POST") else CHUNKED)


class TestLoad:
    def test_counts_every_answer_and_stops_when_nothing_is_left(self, server: Address) -> None:
        requests = [build("POST", "/", server.authority, body=b"x")] * 40
        outcome = load.run(server, requests, connections=4, seconds=20, expect=201)
        assert (outcome.answered, outcome.ran_out) == (40, True)
        assert outcome.rate > 0
        assert load.milliseconds(outcome)["p50"] > 0

    def test_refuses_to_call_wrong_answers_a_result(self, server: Address) -> None:
        requests = [build("GET", "/", server.authority)] * 20
        with pytest.raises(load.LoadFailed, match="200"):
            load.run(server, requests, connections=2, seconds=20, expect=201)
