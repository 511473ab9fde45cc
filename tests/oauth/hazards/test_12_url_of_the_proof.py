"""Hazard 12: oauthlib sees a path here and a URL of the Host header there: `htu` is the public origin's."""

import pytest
from django.test import override_settings

from tests.oauth.conftest import World


class TestUrlOfTheProof:
    @override_settings(ALLOWED_HOSTS=["testserver", "other.example"])
    @pytest.mark.parametrize("path", ["/v1/me/consents", "/oauth/userinfo"])
    def test_is_the_public_one_whatever_the_host_header_says(self, world: World, path: str) -> None:
        token = world.tokens(scope="openid consents:read")["access_token"]
        host = {"Host": "other.example"}
        assert world.client.call("GET", path, token, headers=host).status == 200
        proof = world.client.proof("GET", f"https://other.example{path}", token)
        assert world.client.call("GET", path, token, headers={**host, "DPoP": proof}).status == 401

    @override_settings(ALLOWED_HOSTS=["testserver", "other.example"])
    def test_is_the_public_one_at_the_token_endpoint_too(self, world: World) -> None:
        proof = world.client.proof("POST", "https://other.example/oauth/token")
        refused = world.client.redeem(world.code(), dpop=proof)
        assert refused.json["error"] == "invalid_dpop_proof"
