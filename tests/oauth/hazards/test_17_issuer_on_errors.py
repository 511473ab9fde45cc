"""Hazard 17: `iss` is missing on stock DOT's error redirects (RFC 9207 wants it on every answer)."""

from tests.oauth.conftest import World


class TestErrorRedirects:
    def test_of_a_refusal_name_the_issuer(self, world: World) -> None:
        world.sign_in()
        answered = world.person.decide(world.push(), decision="refuse").answer
        assert answered["error"] == "access_denied"
        assert answered["iss"] == world.client.issuer
        assert answered["state"] == "state-1"

    def test_of_prompt_none_name_the_issuer(self, world: World) -> None:
        answered = world.person.open(world.push(prompt="none")).answer
        assert answered["error"] == "login_required"
        assert answered["iss"] == world.client.issuer
