"""Hazard 15: any client may introspect any token on stock DOT."""

from tests.oauth.conftest import World, new_client
from tests.support.fapi_client import FapiClient


def introspected(client: FapiClient, token: str) -> object:
    return client.post("/oauth/introspect", {"token": token}).json


class TestIntrospection:
    def test_tells_an_app_about_its_own_tokens(self, world: World) -> None:
        tokens = world.tokens()
        for name in ("access_token", "refresh_token"):
            told = introspected(world.client, tokens[name])
            assert isinstance(told, dict)
            assert told["active"] is True
            assert told["sub"] == world.user.id
            assert told["cnf"] == {"jkt": world.client.thumbprint}

    def test_tells_another_app_nothing(self, world: World) -> None:
        tokens = world.tokens()
        other = new_client()
        for name in ("access_token", "refresh_token"):
            assert introspected(other, tokens[name]) == {"active": False}

    def test_tells_nothing_after_the_consent_ended(self, world: World) -> None:
        tokens = world.tokens()
        world.revoke()
        for name in ("access_token", "refresh_token"):
            assert introspected(world.client, tokens[name]) == {"active": False}

    def test_tells_nothing_of_a_login_that_is_switched_off(self, world: World) -> None:
        tokens = world.tokens()
        world.user.is_active = False
        world.user.save()
        for name in ("access_token", "refresh_token"):
            assert introspected(world.client, tokens[name]) == {"active": False}

    def test_needs_client_authentication(self, world: World) -> None:
        token = world.tokens()["access_token"]
        refused = world.client.post("/oauth/introspect", {"token": token, "client_assertion": "nonsense"})
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")
