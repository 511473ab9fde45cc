"""Hazard 8: on stock DOT a refresh for fewer scopes narrows the refresh token for ever."""

from tests.oauth.conftest import World


class TestNarrowerRefresh:
    def test_narrows_this_access_token_only(self, world: World) -> None:
        refresh_token = world.tokens(scope="openid accounts:read balances:read")["refresh_token"]
        assert world.client.refresh(refresh_token, scope="openid").json["scope"] == "openid"
        assert world.client.refresh(refresh_token).json["scope"] == "openid accounts:read balances:read"

    def test_cannot_widen(self, world: World) -> None:
        refresh_token = world.tokens(scope="openid")["refresh_token"]
        refused = world.client.refresh(refresh_token, scope="openid accounts:read")
        assert (refused.status, refused.json["error"]) == (400, "invalid_scope")
