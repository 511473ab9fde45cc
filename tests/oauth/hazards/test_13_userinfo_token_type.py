"""Hazard 13: oauthlib's userinfo checks a bearer token, whatever the server's token type is."""

from tests.oauth.conftest import World


class TestUserinfo:
    def test_takes_no_bound_token_as_bearer(self, world: World) -> None:
        token = world.tokens()["access_token"]
        refused = world.client.call(
            "GET", "/oauth/userinfo", token, headers={"Authorization": f"Bearer {token}"}
        )
        assert refused.status == 401

    def test_takes_no_token_without_proof(self, world: World) -> None:
        token = world.tokens()["access_token"]
        url = world.client.url("/oauth/userinfo")
        refused = world.client.transport.send("GET", url, {"Authorization": f"DPoP {token}"})
        assert refused.status == 401
        assert 'error="invalid_dpop_proof"' in refused.headers["WWW-Authenticate"]
