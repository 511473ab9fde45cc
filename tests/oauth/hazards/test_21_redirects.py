"""Hazard 21: stock DOT redirects with 302; a redirect after a form must be a 303 (FAPI 2.0, 5.3.2.2)."""

from tests.oauth.conftest import World


class TestRedirects:
    def test_are_all_303(self, world: World) -> None:
        assert world.person.open(world.push()).status == 303  # to the sign-in page
        world.sign_in()
        assert world.person.decide(world.push(), accounts=["box-1"]).status == 303
        assert world.person.decide(world.push(), decision="refuse").status == 303
        assert world.person.open(world.push(prompt="none")).status == 303
