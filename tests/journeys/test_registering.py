"""An app registers by a program at a running bank, and is known by keys that stand at its own address."""

import json
import ssl
from pathlib import Path

import pytest

from tests.bank.outbound.servers import Server, says
from tests.support.fapi_client import FapiClient, HttpsTransport, new_key
from tests.support.live import LiveBank

pytestmark = [pytest.mark.live]


class TestRegistering:
    def test_by_reference_lets_the_app_push_and_manage_itself(self, live_bank: LiveBank) -> None:
        transport = HttpsTransport(live_bank["base_url"], live_bank["ca_file"])
        folder = Path(live_bank["ca_file"]).parent
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        key = new_key()
        published = json.dumps({"keys": [key.as_dict(private=False)]}).encode()
        with Server(context, says(published, "application/jwk-set+json")) as server:
            document = {
                "client_name": "Piglet",
                "purpose": "Try the bank.",
                "redirect_uris": ["https://piglet.example/callback"],
                "scope": "openid accounts:read",
                "jwks_uri": server.url(),
            }
            headers = {"Content-Type": "application/json"}
            url = f"{transport.origin}/oauth/register"
            known = transport.send("POST", url, headers, json.dumps(document).encode())
            assert known.status == 201, known.text
            client = FapiClient(transport, known.json["client_id"], key, document["redirect_uris"][0])  # type: ignore[arg-type]
            assert client.push(scope="openid accounts:read", dpop=True).status == 201
            assert len(server.heads) == 1
        bearer = {"Authorization": f"Bearer {known.json['registration_access_token']}"}
        address = known.json["registration_client_uri"]
        assert transport.send("GET", address, bearer).json["jwks_uri"] == document["jwks_uri"]
        assert transport.send("DELETE", address, bearer).status == 204
        assert transport.send("GET", address, bearer).status == 401
