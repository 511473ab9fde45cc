"""Hazard 18: stock DOT signs ID tokens with RS256 or HS256 only, and FAPI forbids both."""

import base64
import json

import pytest
from joserfc import jwk, jwt

from oauth.models import Client
from tests.oauth.conftest import World


class TestIdTokens:
    @pytest.mark.parametrize("algorithm", ["PS256", "ES256"])
    def test_are_signed_with_the_algorithm_the_app_registered(self, world: World, algorithm: str) -> None:
        Client.objects.filter(client_id=world.client.client_id).update(id_token_signed_response_alg=algorithm)
        token = world.tokens()["id_token"]
        header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        published = world.client.transport.send("GET", "/.well-known/jwks.json", {}).json
        claims = jwt.decode(token, jwk.KeySet.import_key_set(published), algorithms=[algorithm]).claims
        assert header["alg"] == algorithm
        assert claims["iss"] == world.client.issuer
        assert claims["aud"] == world.client.client_id
