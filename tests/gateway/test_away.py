"""A bank that does not answer: the gateway says what is known, and sends nothing twice."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import trustme

from tests.gateway.conftest import Gateway
from tests.support import servers
from tests.support.live import free_ports


class Inside:
    """Something in the bank's place that takes requests and hangs up."""

    def __init__(self, certificate: trustme.LeafCert) -> None:
        self.requests: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            plain, _ = self._listening.accept()
            try:
                with self._context.wrap_socket(plain, server_side=True) as tls:
                    self.requests.append(tls.recv(65536))
            except OSError:
                continue


def in_front_of(inside: int, folder: Path, *, named: int = 1) -> Iterator[Gateway]:
    public, mtls, status = (free_ports(1) for _ in range(3))
    files = {"TLS_CERT_FILE": str(folder / "server.pem"), "TLS_KEY_FILE": str(folder / "server.key")}
    values = {
        "BANK_UPSTREAM": "; server ".join([f"127.0.0.1:{inside}"] * named), "GATEWAY_ADDRESS": "127.0.0.2",
        "PUBLIC_LISTEN": f"127.0.0.1:{public}", "MTLS_LISTEN": f"127.0.0.1:{mtls}",
        "STATUS_LISTEN": f"127.0.0.1:{status}", **files,
    }  # fmt: skip
    with servers.gateway(folder, public, values):
        yield Gateway(folder, public, status, inside)


class TestNoAnswer:
    def pay(self, gateway: Gateway) -> None:
        """Ask for a payment; whatever happened to it, the answer does not say that nothing did."""
        answer = gateway.ask("POST", "/v1/payments", data=b"{}", headers={"Authorization": "DPoP x"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["code"] == "no_answer"
        assert "not known" in answer.json()["title"]

    def test_of_nobody(self, tmp_path: Path) -> None:
        servers.server_certificate(tmp_path)
        for gateway in in_front_of(free_ports(1), tmp_path):
            self.pay(gateway)

    def test_of_a_bank_that_hangs_up_is_not_asked_for_twice(self, tmp_path: Path) -> None:
        authority, _ = servers.server_certificate(tmp_path)
        inside = Inside(authority.issue_cert("localhost"))
        for gateway in in_front_of(inside.port, tmp_path, named=2):
            self.pay(gateway)
            assert gateway.ask("GET", "/livez").status_code == 503
            assert len(inside.requests) == 2

    def test_of_another_in_the_banks_place_is_told_nothing(self, tmp_path: Path) -> None:
        servers.server_certificate(tmp_path)
        stranger = Inside(trustme.CA().issue_cert("localhost"))
        for gateway in in_front_of(stranger.port, tmp_path):
            self.pay(gateway)
            assert stranger.requests == [] or stranger.requests == [b""]
