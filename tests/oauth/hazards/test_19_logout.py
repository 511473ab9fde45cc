"""Hazard 19: the relying-party logout of stock DOT deletes all tokens of all clients. It is not mounted."""

from tests.oauth.conftest import World


class TestLogout:
    def test_has_no_door_for_apps(self, world: World) -> None:
        for path in ("/oauth/logout", "/o/logout/", "/oauth/logout/"):
            assert world.client.transport.send("GET", path, {}).status == 404
        metadata = world.client.transport.send("GET", "/.well-known/openid-configuration", {}).json
        assert "end_session_endpoint" not in metadata

    def test_of_the_person_takes_no_token_from_an_app(self, world: World) -> None:
        token = world.tokens()["access_token"]
        world.browser.logout()
        assert world.client.call("GET", "/oauth/userinfo", token).status == 200
