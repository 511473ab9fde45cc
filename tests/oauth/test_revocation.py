"""Revocation (RFC 7009) and the end of a consent, also while other requests are under way."""

from oauth.models import AccessToken, RefreshToken
from tests.oauth.conftest import World, new_client
from tests.oauth.threads import all_at_once


def lives(world: World, token: str) -> bool:
    return world.client.call("GET", "/oauth/userinfo", token).status == 200


class TestRevokeToken:
    def test_a_refresh_token_takes_its_access_tokens_with_it(self, world: World) -> None:
        tokens = world.tokens()
        second = world.client.refresh(tokens["refresh_token"]).json["access_token"]
        assert world.client.post("/oauth/revoke", {"token": tokens["refresh_token"]}).status == 200
        assert not lives(world, tokens["access_token"])
        assert not lives(world, second)
        assert world.client.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"

    def test_a_refresh_token_given_back_ends_the_consent_the_person_sees(self, world: World) -> None:
        tokens = world.tokens()
        assert world.consent.last_used_at is not None
        world.client.post("/oauth/revoke", {"token": tokens["refresh_token"]})
        assert world.consent.status == "CANC"

    def test_an_access_token_goes_alone(self, world: World) -> None:
        tokens = world.tokens()
        world.client.post(
            "/oauth/revoke", {"token": tokens["access_token"], "token_type_hint": "refresh_token"}
        )
        assert not lives(world, tokens["access_token"])
        assert world.client.refresh(tokens["refresh_token"]).status == 200

    def test_another_apps_token_stays_and_nobody_is_told(self, world: World) -> None:
        tokens = world.tokens()
        other = new_client()
        for name in ("access_token", "refresh_token"):
            assert other.post("/oauth/revoke", {"token": tokens[name]}).status == 200
        assert lives(world, tokens["access_token"])
        assert world.client.refresh(tokens["refresh_token"]).status == 200

    def test_an_unknown_token_is_answered_like_a_known_one(self, world: World) -> None:
        assert world.client.post("/oauth/revoke", {"token": "unknown"}).status == 200

    def test_without_a_token_is_an_invalid_request(self, world: World) -> None:
        refused = world.client.post("/oauth/revoke", {})
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")


class TestRevokeConsent:
    def test_stops_a_code_under_way(self, world: World) -> None:
        code = world.code()
        world.revoke()
        assert world.client.redeem(code).json["error"] == "invalid_grant"

    def test_stops_tokens_at_once(self, world: World) -> None:
        tokens = world.tokens()
        world.revoke()
        assert not lives(world, tokens["access_token"])
        assert world.client.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"

    def test_wins_over_redemptions_and_refreshes_at_the_same_moment(self, real_world: World) -> None:
        code = real_world.code()
        refresh_token = real_world.client.redeem(code).json["refresh_token"]

        def act(number: int) -> str:
            if number == 5:
                real_world.revoke()
                return ""
            return str(real_world.client.refresh(refresh_token).json.get("access_token", ""))

        given = [token for token in all_at_once(12, act) if token]
        assert real_world.consent.status == "CANC"
        assert not any(lives(real_world, token) for token in given)

    def test_of_one_app_leaves_the_others_alone(self, world: World) -> None:
        mine = world.tokens()["access_token"]
        first = world.consent
        second = world.tokens()["access_token"]
        assert world.consent.id != first.id
        world.revoke()
        assert lives(world, mine)
        assert not lives(world, second)


class TestRows:
    def test_are_gone_after_a_refresh_token_is_revoked(self, world: World) -> None:
        tokens = world.tokens()
        world.client.post("/oauth/revoke", {"token": tokens["refresh_token"]})
        assert not AccessToken.objects.filter(user=world.user).exists()
        assert RefreshToken.objects.get(user=world.user).revoked is not None
