"""Authorization server, the network: requirements 1 to 3, asked of the bank's own web server over sockets."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.oauth.conftest import World
from tests.support import servers
from tests.support.live import free_ports

RECOMMENDED = {
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
}
OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]


@pytest.fixture(scope="module")
def served(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """The port of a bank that runs as deploy/web_server.py says, and its certificate authority."""
    folder, port = tmp_path_factory.mktemp("tls"), free_ports(1)
    _, files = servers.server_certificate(folder)
    with servers.bank("deploy/web_server.py", port, folder, {"WEB_BIND": f"127.0.0.1:{port}", **files}):
        yield port, str(folder / "ca.pem")


def shake_hands(served: tuple[int, str], context: ssl.SSLContext) -> tuple[str, str]:
    """Return the version and the suite both sides agree on."""
    context.load_verify_locations(served[1])
    with (
        socket.create_connection(("127.0.0.1", served[0])) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        suite = secure.cipher()
        assert suite is not None
        return str(secure.version()), suite[0]


def speaking(version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    return context


class TestAS01Tls:
    @pytest.mark.parametrize("version", OLD)
    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
    def test_older_than_1_2_is_not_spoken(self, served: tuple[int, str], version: ssl.TLSVersion) -> None:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            shake_hands(served, speaking(version))

    def test_1_3_is_spoken(self, served: tuple[int, str]) -> None:
        assert shake_hands(served, speaking(ssl.TLSVersion.TLSv1_3))[0] == "TLSv1.3"

    def test_1_2_is_spoken_with_each_recommended_suite_for_its_certificate(
        self, served: tuple[int, str]
    ) -> None:
        agreed = set()
        for suite in RECOMMENDED:
            try:
                agreed.add(shake_hands(served, speaking(ssl.TLSVersion.TLSv1_2, suite))[1])
            except ssl.SSLError:
                continue
        assert len(agreed) == 2  # those for the certificate's kind of key

    def test_1_2_is_spoken_with_no_other_suite(self, served: tuple[int, str]) -> None:
        others = "ALL:COMPLEMENTOFALL:@SECLEVEL=0:!aNULL:!eNULL" + "".join(
            f":!{name}" for name in RECOMMENDED
        )
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            shake_hands(served, speaking(ssl.TLSVersion.TLSv1_2, others))

    def test_plain_http_is_not_answered(self, served: tuple[int, str]) -> None:
        with socket.create_connection(("127.0.0.1", served[0]), timeout=5) as plain:
            plain.sendall(b"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200" not in plain.recv(200)


class TestAS02StrictTransportSecurity:
    @pytest.mark.parametrize(
        "path", ["/.well-known/openid-configuration", "/oauth/authorize", "/login/", "/v1/me"]
    )
    def test_is_said_in_every_answer(self, world: World, path: str) -> None:
        said = world.client.transport.send("GET", path, {}).headers["Strict-Transport-Security"]
        assert int(said.partition("max-age=")[2].partition(";")[0]) >= 31_536_000
        assert "includeSubDomains" in said

    @pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/introspect"])
    def test_is_said_in_refusals_too(self, world: World, path: str) -> None:
        assert "Strict-Transport-Security" in world.client.transport.send("POST", path, {}).headers


class TestAS03NoCrossOriginRequests:
    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
    def test_are_invited_to_the_authorization_endpoint(self, world: World, method: str) -> None:
        asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
        answered = world.sign_in().person.transport.send(method, world.push(), asked)
        assert not [name for name in answered.headers if name.lower().startswith("access-control-")]

    @pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token"])
    def test_may_read_no_answer_with_credentials(self, world: World, path: str) -> None:
        answered = world.client.transport.send("POST", path, {"Origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Credentials" not in answered.headers
