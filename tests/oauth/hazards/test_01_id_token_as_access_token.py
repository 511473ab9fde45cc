"""Hazard 1: with OpenID Connect on, stock DOT takes an ID token as a bearer token at the API."""

import pytest

from tests.oauth.conftest import World


class TestIdToken:
    @pytest.mark.parametrize("scheme", ["Bearer", "DPoP"])
    @pytest.mark.parametrize("path", ["/v1/me/consents", "/oauth/userinfo"])
    def test_opens_no_door(self, world: World, scheme: str, path: str) -> None:
        token = world.tokens(scope="openid consents:read")["id_token"]
        refused = world.client.call("GET", path, token, headers={"Authorization": f"{scheme} {token}"})
        assert refused.status == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
