"""Hazard 10: DOT's DRF class returns None on a bad token, so a session cookie would decide next."""

from tests.oauth.conftest import World


class TestBadToken:
    def test_is_refused_though_the_browser_is_signed_in(self, world: World) -> None:
        world.sign_in()
        refused = world.person.transport.send("GET", "/v1/me/consents", {"Authorization": "DPoP nonsense"})
        assert refused.status == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]

    def test_missing_is_refused_though_the_browser_is_signed_in(self, world: World) -> None:
        world.sign_in()
        assert world.person.transport.send("GET", "/v1/me/consents", {}).status == 401
