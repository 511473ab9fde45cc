"""Hazard 4: stock DOT refuses a replayed code, and leaves the tokens of its first use alive."""

from tests.oauth.conftest import World, new_client


class TestReplayedCode:
    def test_kills_the_tokens_it_gave(self, world: World) -> None:
        code = world.code()
        first = world.client.redeem(code).json
        replayed = world.client.redeem(code)
        assert (replayed.status, replayed.json["error"]) == (400, "invalid_grant")
        assert world.client.call("GET", "/oauth/userinfo", first["access_token"]).status == 401
        assert world.client.refresh(first["refresh_token"]).json["error"] == "invalid_grant"

    def test_ends_the_consent(self, world: World) -> None:
        code = world.code()
        world.client.redeem(code)
        world.client.redeem(code)
        assert world.consent.status == "CANC"

    def test_kills_even_when_it_comes_with_another_key_and_verifier(self, world: World) -> None:
        code = world.code()
        first = world.client.redeem(code).json
        world.client.redeem(code, code_verifier="x" * 43)
        assert world.client.call("GET", "/oauth/userinfo", first["access_token"]).status == 401

    def test_from_another_app_kills_nothing(self, world: World) -> None:
        code = world.code()
        first = world.client.redeem(code).json
        assert new_client().redeem(code).status == 400
        assert world.client.call("GET", "/oauth/userinfo", first["access_token"]).status == 200
