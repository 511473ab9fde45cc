"""Certificates that stand in a key set at a client's `jwks_uri` (RFC 8705, 2.2.2)."""

import json
from types import SimpleNamespace
from typing import Any

from oauth import client_keys
from tests.oauth.client_keys.conftest import KeyServer, authority, key_server, serve, trusted  # noqa: F401
from tests.oauth.conftest import World
from tests.oauth.mtls.conftest import known_by
from tests.support.certificates import Certificate, self_signed


def published(certificate: Certificate) -> bytes:
    return json.dumps(certificate.jwks).encode()


class TestACertificateByReference:
    def test_is_the_client_and_may_be_renewed(
        self,
        world: World,
        key_server: KeyServer,  # noqa: F811 - the fixture of another room
        monkeypatch: Any,
    ) -> None:
        old, new = self_signed(), self_signed()
        key_server.body = published(old)
        by_itself = {"token_endpoint_auth_method": "self_signed_tls_client_auth"}
        client = known_by(old, jwks=None, jwks_uri=key_server.server.url(), **by_itself)
        assert client.push().status == 201
        key_server.body = published(new)
        client.transport.sees = new  # type: ignore[attr-defined]
        assert client.push().status == 401, "not read again within half a minute"
        later = client_keys.time.time() + client_keys.SECONDS_BETWEEN_READS + 1
        monkeypatch.setattr(client_keys, "time", SimpleNamespace(time=lambda: later))
        assert client.push().status == 201
        client.transport.sees = old  # type: ignore[attr-defined]
        assert client.push().status == 401
