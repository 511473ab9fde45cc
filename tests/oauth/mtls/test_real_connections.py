"""Real TLS with real client certificates: behind nginx, and with the bank's own handshake."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.cache import cache

from tests.oauth.conftest import Boxes, World, new_client, new_world
from tests.oauth.mtls.conftest import CertificateClient, whole_way
from tests.oauth.trail import kinds_about
from tests.support import servers
from tests.support.certificates import SUBJECT, Authority, Certificate, self_signed
from tests.support.fapi_client import HttpsTransport, Parameters, Reply
from tests.support.live import free_ports

pytestmark = pytest.mark.xdist_group("mtls")  # one process: what they share costs seconds to start

API = "/v1/me/consents"
SCOPE = "openid consents:read"
BY_AUTHORITY = {
    "token_endpoint_auth_method": "tls_client_auth",
    "certificate_subject": {"tls_client_auth_subject_dn": SUBJECT},
}


class TlsTransport(HttpsTransport):
    """HTTPS with a client certificate, one connection for each request; the issuer keeps its own name."""

    def __init__(self, site: "Site", certificate: Certificate | None, folder: Path) -> None:
        super().__init__(settings.PUBLIC_ORIGIN, str(site.folder / "ca.pem"))
        self.at = site.mtls
        self.session.cert = certificate.write(folder, f"client-{id(self)}") if certificate else None
        self.session.headers["Connection"] = "close"

    def send(self, method: str, url: str, headers: Parameters, body: bytes = b"") -> Reply:
        return super().send(method, url.replace(self.origin, self.at), headers, body)


@dataclass
class Site:
    """Where a bank with its clients' authority can be reached."""

    folder: Path
    authority: Authority
    mtls: str
    public: str = ""
    inside: str = ""

    def client(self, certificate: Certificate | None, folder: Path, **metadata: Any) -> CertificateClient:
        base = new_client(**metadata)
        transport = TlsTransport(self, certificate, folder)
        by_jwt = "token_endpoint_auth_method" not in metadata
        return CertificateClient(transport, base.client_id, base.key, base.redirect_uri, by_jwt=by_jwt)


def shared(folder: Path, authority: Authority, mtls: str) -> dict[str, str]:
    return {
        "MTLS_ORIGIN": mtls,
        "CLIENT_CERTIFICATE_AUTHORITIES": authority.write(folder / "clients.pem"),
        "BANK_PROCESS": "web",
        "DATABASE_POOL_SIZE": "2",
    }


@pytest.fixture(scope="module")
def behind_nginx(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """nginx, which connects from an address of its own, and a bank that trusts that address."""
    folder, authority = tmp_path_factory.mktemp("nginx"), Authority()
    public, mtls, inside = free_ports(1), free_ports(1), free_ports(1)
    site = Site(
        folder,
        authority,
        f"https://localhost:{mtls}",
        f"https://localhost:{public}",
        f"https://127.0.0.1:{inside}",
    )
    _, files = servers.server_certificate(folder)
    own = {
        "WEB_BIND": f"127.0.0.1:{inside}",
        "TRUSTED_PROXY_COUNT": "1",
        "TRUSTED_PROXIES": "127.0.0.2/32",
        "CLIENT_CERTIFICATE_PROXIES": "127.0.0.2/32",
        **files,
    }
    values = {
        "BANK_UPSTREAM": f"127.0.0.1:{inside}",
        "GATEWAY_ADDRESS": "127.0.0.2",
        "PUBLIC_LISTEN": f"127.0.0.1:{public}",
        "MTLS_LISTEN": f"127.0.0.1:{mtls}",
        **files,
    }
    with (
        servers.bank("deploy/web_server.py", inside, folder, shared(folder, authority, site.mtls) | own),
        servers.gateway(folder, mtls, values),
    ):
        yield site


@pytest.fixture(scope="module")
def direct(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The bank's own listener for client certificates."""
    folder, authority, port = tmp_path_factory.mktemp("direct"), Authority(), free_ports(1)
    site = Site(folder, authority, f"https://localhost:{port}")
    _, files = servers.server_certificate(folder)
    own = {"MTLS_BIND": f"127.0.0.1:{port}", **files}
    with servers.bank("deploy/mtls_server.py", port, folder, shared(folder, authority, site.mtls) | own):
        yield site


@pytest.fixture(params=["behind_nginx", "direct"])
def site(request: pytest.FixtureRequest, real_db: None) -> Site:
    """Both ways in: everything below holds for each."""
    cache.clear()
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def world(real_db: None, boxes: Boxes) -> World:
    return new_world(boxes)


class TestBothWaysIn:
    def test_know_a_client_by_its_authoritys_certificate(
        self, site: Site, world: World, tmp_path: Path
    ) -> None:
        good = site.client(site.authority.issue(), tmp_path, **BY_AUTHORITY)
        assert good.push(scope=SCOPE).status == 201
        rival = site.client(site.authority.issue("CN=rival"), tmp_path, **BY_AUTHORITY)
        assert rival.push(scope=SCOPE).json["error"] == "invalid_client"

    def test_know_a_client_by_the_certificate_it_registered(
        self, site: Site, world: World, tmp_path: Path
    ) -> None:
        mine = self_signed()
        by_itself = {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": mine.jwks}
        client = site.client(mine, tmp_path, **by_itself)
        assert eventually(lambda: client.push(scope=SCOPE).status) == 201

    def test_know_nobody_without_a_certificate(self, site: Site, world: World, tmp_path: Path) -> None:
        client = site.client(None, tmp_path, **BY_AUTHORITY)
        assert client.push(scope=SCOPE).json["error"] == "invalid_client"

    def test_bind_a_token_to_the_certificate_and_check_it_each_time(
        self, site: Site, world: World, tmp_path: Path, superuser_url: str
    ) -> None:
        mine = site.authority.issue()
        client = site.client(mine, tmp_path, bound_to_certificate=True, **BY_AUTHORITY)
        token = whole_way(world, client, scope=SCOPE).json["access_token"]
        assert client.bearer(API, token).status == 200
        thief = site.client(site.authority.issue("CN=thief"), tmp_path)
        assert thief.bearer(API, token).status == 401
        nobody = site.client(None, tmp_path)
        assert nobody.bearer(API, token).status == 401
        assert client.bearer(API, token).status == 200
        assert kinds_about(superuser_url, client.client_id).count("access.denied") == 2

    def test_speak_no_old_tls(self, site: Site) -> None:
        context = ssl.create_default_context(cafile=str(site.folder / "ca.pem"))
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLS"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        port = int(site.mtls.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname="localhost")


class TestBehindNginx:
    def test_a_header_the_client_wrote_is_worth_nothing(
        self, behind_nginx: Site, world: World, tmp_path: Path
    ) -> None:
        mine = behind_nginx.authority.issue()
        client = behind_nginx.client(None, tmp_path, **BY_AUTHORITY)
        forged = {"X-Client-Certificate": mine.escaped}
        for name in ("X-Client-Certificate", "x-client-certificate", "X_Client_Certificate"):
            answered = client.post("/oauth/par", client.request(scope=SCOPE), headers={name: mine.escaped})
            assert answered.json["error"] == "invalid_client", name
        client.transport.at = behind_nginx.public  # type: ignore[attr-defined]
        assert client.post("/oauth/par", client.request(), headers=forged).json["error"] == "invalid_client"

    def test_who_goes_around_nginx_is_not_believed(
        self, behind_nginx: Site, world: World, tmp_path: Path
    ) -> None:
        mine = behind_nginx.authority.issue()
        client = behind_nginx.client(None, tmp_path, **BY_AUTHORITY)
        told = {
            "X-Client-Certificate": mine.escaped,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "127.0.0.2",
            "Host": behind_nginx.mtls.removeprefix("https://"),
        }
        form = client.request(scope=SCOPE)
        answered = requests.post(
            f"{behind_nginx.inside}/oauth/par", data=form, headers=told, timeout=10,
            verify=str(behind_nginx.folder / "ca.pem"),
        )  # fmt: skip
        assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client")


class TestTheBanksOwnHandshake:
    def test_is_not_completed_for_a_stranger(self, direct: Site, world: World, tmp_path: Path) -> None:
        stranger = direct.client(self_signed("CN=stranger"), tmp_path, **BY_AUTHORITY)
        with pytest.raises((requests.exceptions.SSLError, requests.exceptions.ConnectionError)):
            stranger.push(scope=SCOPE)

    def test_believes_no_header(self, direct: Site, world: World, tmp_path: Path) -> None:
        client = direct.client(None, tmp_path, **BY_AUTHORITY)
        headers = {"X-Client-Certificate": direct.authority.issue().escaped}
        assert client.post("/oauth/par", client.request(), headers=headers).json["error"] == "invalid_client"


def eventually(ask: Any, wanted: int = 201, seconds: float = 6.0) -> Any:
    """Ask until the answer is the wanted one: a certificate just registered is known within seconds."""
    import time

    deadline = time.monotonic() + seconds
    while True:
        try:
            if (answer := ask()) == wanted or time.monotonic() > deadline:
                return answer
        except requests.exceptions.ConnectionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)
