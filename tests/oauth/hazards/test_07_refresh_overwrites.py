"""Hazard 7: without rotation a refresh overwrites the access token: a second worker loses its own."""

from tests.oauth.conftest import World


class TestRefresh:
    def test_leaves_the_earlier_access_tokens_alone(self, world: World) -> None:
        tokens = world.tokens()
        second = world.client.refresh(tokens["refresh_token"]).json["access_token"]
        third = world.client.refresh(tokens["refresh_token"]).json["access_token"]
        for token in (tokens["access_token"], second, third):
            assert world.client.call("GET", "/oauth/userinfo", token).status == 200
