"""Clients that are known by a certificate, and one trusted hop in front of the bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests.oauth.conftest import Boxes, World, new_client, new_world
from tests.support.certificates import Authority, Certificate
from tests.support.fapi_client import DjangoTransport, FapiClient, Parameters, Reply

MTLS = "https://mtls.testserver"
HOP = "10.1.2.3"
BY_JWT = {"client_assertion": None, "client_assertion_type": None}


class HopTransport(DjangoTransport):
    """Speaks to the views as a proxy does that ended TLS and saw this certificate."""

    def __init__(self, origin: str, certificate: Certificate | None, *, peer: str = HOP) -> None:
        super().__init__(settings.PUBLIC_ORIGIN)
        self.sees, self.peer, self.host = certificate, peer, origin.removeprefix("https://")
        self.origin = settings.PUBLIC_ORIGIN

    def send(self, method: str, url: str, headers: Parameters, body: bytes = b"") -> Reply:
        self.browser.defaults = {"REMOTE_ADDR": self.peer, "HTTP_HOST": self.host}
        told = {"X-Client-Certificate": self.sees.escaped} if self.sees else {}
        return super().send(method, url, {**told, **headers}, body)


@dataclass
class CertificateClient(FapiClient):
    """A client whose connection shows a certificate; `by_jwt` when it signs assertions all the same."""

    by_jwt: bool = False

    def post(self, path: str, parameters: Any, **more: Any) -> Reply:
        own = {} if self.by_jwt else {**BY_JWT, "client_id": self.client_id}
        return super().post(path, {**own, **parameters}, **more)

    def bearer(self, path: str, token: str, **headers: str) -> Reply:
        """Call the API with a certificate-bound token (RFC 8705, 3)."""
        sent = {"Authorization": f"Bearer {token}", **headers}
        return self.transport.send("GET", self.url(path), sent)


def known_by(certificate: Certificate | None, *, peer: str = HOP, **metadata: Any) -> CertificateClient:
    """Register a client and let it connect through a hop that sees this certificate."""
    base = new_client(**metadata)
    by_jwt = "token_endpoint_auth_method" not in metadata
    transport = HopTransport(MTLS, certificate, peer=peer)
    return CertificateClient(transport, base.client_id, base.key, base.redirect_uri, by_jwt=by_jwt)


@pytest.fixture
def issuer(tmp_path: Path) -> Authority:
    return Authority()


@pytest.fixture
def mtls(tmp_path: Path, issuer: Authority) -> Iterator[None]:
    """The settings of a bank that asks for client certificates."""
    authorities = issuer.write(tmp_path / "authorities.pem")
    with override_settings(
        MTLS_ORIGIN=MTLS,
        ALLOWED_HOSTS=[*settings.ALLOWED_HOSTS, MTLS.removeprefix("https://")],
        CLIENT_CERTIFICATE_AUTHORITIES=authorities,
        CLIENT_CERTIFICATE_PROXIES=[f"{HOP}/32"],
    ):
        yield


@pytest.fixture
def world(db: None, boxes: Boxes, mtls: None) -> World:
    return new_world(boxes)


def whole_way(world: World, client: CertificateClient, **parameters: Any) -> Reply:
    """Push with the certificate, let the person agree on the public origin, redeem with the certificate."""
    world.client = FapiClient(world.person.transport, client.client_id, client.key, client.redirect_uri)
    pushed = client.push(**parameters)
    assert pushed.status == 201, pushed.text
    url = world.client.authorize_url(pushed.json["request_uri"])
    accounts = ["box-1"] if "box-1" in world.sign_in().person.open(url).text else []
    code = world.person.decide(url, accounts=accounts).answer["code"]
    return client.redeem(code, dpop=False)
