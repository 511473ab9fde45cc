"""Hazard 5: two redemptions of one code at the same time leave two live token pairs behind stock DOT."""

from oauth.models import AccessToken, RefreshToken
from tests.oauth.conftest import World
from tests.oauth.threads import all_at_once


class TestConcurrentRedemptions:
    def test_give_one_pair_at_most_and_twenty_answers(self, real_world: World) -> None:
        code = real_world.code()
        answers = all_at_once(20, lambda: real_world.client.redeem(code))
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] + [400] * 19
        assert AccessToken.objects.filter(user=real_world.user).count() == 1
        assert RefreshToken.objects.filter(user=real_world.user).count() == 1

    def test_end_the_consent_since_nineteen_of_them_are_replays(self, real_world: World) -> None:
        code = real_world.code()
        answers = all_at_once(20, lambda: real_world.client.redeem(code))
        winner = next(answer for answer in answers if answer.status == 200).json
        assert real_world.client.call("GET", "/oauth/userinfo", winner["access_token"]).status == 401
