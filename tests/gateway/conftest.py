"""nginx in front of a bank of this pytest process: what is asked outside, what arrives inside."""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from requests.adapters import HTTPAdapter

from tests.support import servers
from tests.support.live import free_ports

# Addresses of this machine, each another stranger's.
HONEST, FLOODING, DENIED, STAFF, CROWDING = (f"127.0.0.{number}" for number in range(5, 10))
PATIENCE_SECONDS = 2
BURST, CONNECTIONS = 20, 12


class From(HTTPAdapter):
    """Connects from this address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, source_address=(self.address, 0))


@dataclass(frozen=True)
class Gateway:
    """Where it listens, and how to speak with it."""

    folder: Path
    port: int
    status: int
    inside: int

    def ask(self, method: str, path: str, *, address: str = HONEST, **options: Any) -> requests.Response:
        """Send one request from an address; the path goes out as it is."""
        with requests.Session() as session:
            session.trust_env, session.verify = False, str(self.folder / "ca.pem")
            session.mount("https://", From(address))
            asked = session.prepare_request(
                requests.Request(method, f"https://localhost:{self.port}/", **options)
            )
            asked.url = f"https://localhost:{self.port}{path}"
            return session.send(asked, timeout=30, verify=session.verify)

    def connect(self, address: str = HONEST) -> ssl.SSLSocket:
        """Open a connection for bytes no library would send."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=(address, 0))
        return context.wrap_socket(plain, server_hostname="localhost")

    def raw(self, request: bytes) -> bytes:
        """Send bytes; return all that comes back until the gateway hangs up or says nothing more."""
        with self.connect() as tls:
            tls.sendall(request.replace(b"{host}", b"localhost:%d" % self.port))
            tls.settimeout(PATIENCE_SECONDS + 3)
            answer = b""
            try:
                while more := tls.recv(65536):
                    answer += more
            except TimeoutError:
                pass
            return answer

    def routes_inside(self) -> set[str]:
        """Return the routes the bank itself says it was asked for."""
        lines = (self.folder / "bank.log").read_text().splitlines()
        return {json.loads(line)["route"] for line in lines if '"route"' in line}

    def log(self) -> list[dict[str, Any]]:
        """Return what the gateway wrote of the requests so far."""
        time.sleep(0.2)
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]


@pytest.fixture(scope="module")
def running(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway and one bank for these tests."""
    folder = tmp_path_factory.mktemp("gateway")
    inside, public, mtls, status = (free_ports(1) for _ in range(4))
    _, files = servers.server_certificate(folder)
    (folder / "denied.inc").write_text(f"deny {DENIED};\n")
    (folder / "staff.inc").write_text(f"allow {STAFF};\ndeny all;\n")
    settings = {
        "BANK_PROCESS": "web", "DATABASE_POOL_SIZE": "2", "WEB_BIND": f"127.0.0.1:{inside}",
        "TRUSTED_PROXY_COUNT": "1", "TRUSTED_PROXIES": "127.0.0.2/32", "ALLOWED_HOSTS": "localhost",
        "LOG_LEVEL": "INFO", **files,
    }  # fmt: skip
    values = {
        "BANK_UPSTREAM": f"127.0.0.1:{inside}", "GATEWAY_ADDRESS": "127.0.0.2",
        "PUBLIC_LISTEN": f"127.0.0.1:{public}", "MTLS_LISTEN": f"127.0.0.1:{mtls}",
        "STATUS_LISTEN": f"127.0.0.1:{status}", "REQUESTS_PER_SECOND": "10", "BURST": str(BURST),
        "CONNECTIONS": str(CONNECTIONS), "PATIENCE": f"{PATIENCE_SECONDS}s",
        "PUBLIC_ORIGIN": django_settings.PUBLIC_ORIGIN, **files,
    }  # fmt: skip
    with (
        servers.bank("deploy/web_server.py", inside, folder, settings),
        servers.gateway(folder, public, values),
    ):
        yield Gateway(folder, public, status, inside)


@pytest.fixture
def gateway(running: Gateway, real_db: None) -> Gateway:
    """The gateway; the bank behind it forgets its limits between two tests."""
    return running
