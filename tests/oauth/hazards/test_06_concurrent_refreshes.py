"""Hazard 6: two refreshes at the same time answer 500 on stock DOT with rotation and hashed storage."""

from tests.oauth.conftest import World
from tests.oauth.threads import all_at_once


class TestConcurrentRefreshes:
    def test_all_work_and_every_token_works(self, real_world: World) -> None:
        tokens = real_world.tokens()
        answers = all_at_once(20, lambda: real_world.client.refresh(tokens["refresh_token"]))
        assert [answer.status for answer in answers] == [200] * 20
        given = {answer.json["access_token"] for answer in answers}
        assert len(given) == 20
        for token in [tokens["access_token"], *given]:
            assert real_world.client.call("GET", "/oauth/userinfo", token).status == 200

    def test_racing_a_revocation_leave_no_token_behind(self, real_world: World) -> None:
        refresh_token = real_world.tokens()["refresh_token"]

        def refresh_or_revoke(number: int) -> object:
            if number == 7:
                return real_world.client.post("/oauth/revoke", {"token": refresh_token})
            return real_world.client.refresh(refresh_token)

        answers = all_at_once(20, refresh_or_revoke)
        refreshed = [a.json["access_token"] for a in answers if a.status == 200 and "access_token" in a.text]
        assert all(answer.status in {200, 400} for answer in answers)
        for token in refreshed:
            assert real_world.client.call("GET", "/oauth/userinfo", token).status == 401
