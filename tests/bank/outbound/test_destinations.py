"""Where a call may go, before anything is sent."""

import socket
import time
from typing import Any

import pytest

from bank.outbound import CallFailed, CallRefused, call, check_url
from bank.outbound.destinations import find

BAD_URLS = [
    "http://app.example/jwks",
    "ftp://app.example/",
    "file:///etc/passwd",
    "gopher://app.example",
    "//app.example/",
    "https:///jwks",
    "https://",
    "",
    "https://user@app.example/",
    "https://user:pw@app.example/",
    "https://@app.example/",
    "https://app.example/#keys",
    "https://app.example\\@evil.example/",
    "https://app.example:22/",
    "https://app.example:25/",
    "https://app.example:99999/",
    "https://app.example:port/",
    "https://app.example/ space",
    "https://app.example/\r\nHost: inside",
    "https://app.example/\x00",
    "https://äpp.example/",
    "https://\uff41pp.example/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2002:7f00:1::]/",
    "https://[v1.x]/",
    "https://[::1/",
    "https://-app.example/",
    "https://app..example/",
    "https://app_1.example/",
    "https://%31%32%37.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://app.example/" + "a" * 600,
]
INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "fe80::1%1",
    "fd00::1",
    "224.0.0.1",
]


def resolver(*answers: list[str]) -> Any:
    """Answer the first question with the first list, the next with the next."""
    left = list(answers)
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if not host[0].isalpha():
            return real(host, port, *rest, **more)
        look_up.asked += 1
        found = left.pop(0) if left else []
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found]

    look_up.asked = 0
    return look_up


class TestCheckUrl:
    @pytest.mark.parametrize("url", BAD_URLS)
    def test_refuses(self, url: str) -> None:
        with pytest.raises(CallRefused):
            check_url(url)

    @pytest.mark.parametrize(
        "url", ["https://app.example/jwks", "https://APP.example:443/", "https://a.b.example:8443/x?y=1"]
    )
    def test_takes(self, url: str) -> None:
        assert check_url(url).hostname


class TestFind:
    @pytest.mark.parametrize("address", INSIDE)
    def test_refuses_a_name_that_leads_inside(self, address: str, monkeypatch: Any) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", resolver([address]))
        with pytest.raises(CallRefused):
            find("https://app.example/", within_seconds=1)

    def test_refuses_a_name_that_leads_outside_and_inside(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", resolver(["1.1.1.1", "10.0.0.1"]))
        with pytest.raises(CallRefused):
            find("https://app.example/", within_seconds=1)

    def test_takes_a_public_address(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", resolver(["1.1.1.1"]))
        found = find("https://app.example/jwks?v=2", within_seconds=1)
        assert (found.addresses, found.port, found.target) == (("1.1.1.1",), 443, "/jwks?v=2")

    def test_refuses_the_bank_s_own_networks(self, monkeypatch: Any, settings: Any) -> None:
        settings.OUTBOUND_REFUSED_NETWORKS = ["1.1.1.0/24"]
        monkeypatch.setattr(socket, "getaddrinfo", resolver(["1.1.1.1"]))
        with pytest.raises(CallRefused):
            find("https://app.example/", within_seconds=1)

    def test_refuses_localhost_unless_it_is_named(self, settings: Any) -> None:
        settings.OUTBOUND_LOOPBACK_HOSTS = []
        with pytest.raises(CallRefused):
            find("https://localhost:8443/", within_seconds=1)

    def test_a_named_loopback_host_may_lead_to_loopback_alone(self, monkeypatch: Any, settings: Any) -> None:
        settings.OUTBOUND_LOOPBACK_HOSTS = ["localhost"]
        monkeypatch.setattr(socket, "getaddrinfo", resolver(["10.0.0.1"]))
        with pytest.raises(CallRefused):
            find("https://localhost/", within_seconds=1)

    def test_fails_where_the_name_leads_nowhere(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", resolver([]))
        with pytest.raises(CallFailed):
            find("https://app.example/", within_seconds=1)

    def test_waits_for_a_slow_name_server_no_longer_than_said(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(1.5))
        began = time.monotonic()
        with pytest.raises(CallFailed):
            find("https://app.example/", within_seconds=0.2)
        assert time.monotonic() - began < 1


class TestRebinding:
    def test_connects_to_the_address_that_was_checked(self, serve: Any, monkeypatch: Any) -> None:
        from tests.bank.outbound.servers import says

        outside = serve(says(b"outside"))
        inside = serve(says(b"inside"), address="127.0.0.2", port=outside.port)
        look_up = resolver(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"])
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        assert call("GET", outside.url()).body == b"outside"
        assert (look_up.asked, inside.connections) == (1, 0)
