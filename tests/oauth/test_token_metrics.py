"""What is counted and recorded of token requests: by grant type and by what became of them."""

from prometheus_client import REGISTRY

from tests.oauth.conftest import World
from tests.oauth.trail import kinds_about


def count(grant_type: str, outcome: str) -> float:
    labels = {"grant_type": grant_type, "outcome": outcome}
    return REGISTRY.get_sample_value("bank_token_requests_total", labels) or 0.0


class TestTokenRequests:
    def test_are_counted_by_grant_type_and_outcome(self, world: World) -> None:
        issued, refreshed = count("authorization_code", "issued"), count("refresh_token", "issued")
        refused = count("refresh_token", "invalid_grant")
        tokens = world.tokens()
        world.client.refresh(tokens["refresh_token"])
        world.client.refresh("made-up")
        assert count("authorization_code", "issued") == issued + 1
        assert count("refresh_token", "issued") == refreshed + 1
        assert count("refresh_token", "invalid_grant") == refused + 1

    def test_refused_before_any_grant_are_counted_too(self, world: World) -> None:
        before = count("refresh_token", "invalid_client"), count("refresh_token", "invalid_dpop_proof")
        world.client.refresh("x", client_assertion="x")
        world.client.refresh("x", dpop=False)
        after = count("refresh_token", "invalid_client"), count("refresh_token", "invalid_dpop_proof")
        assert after == (before[0] + 1, before[1] + 1)

    def test_never_make_a_label_of_what_a_client_sent(self, world: World) -> None:
        other, none = count("other", "unsupported_grant_type"), count("none", "invalid_request")
        world.client.post("/oauth/token", {"grant_type": "made-up-by-a-client"}, dpop=True)
        world.client.transport.send("POST", "/oauth/token", {}, b"")
        assert count("other", "unsupported_grant_type") == other + 1
        assert count("none", "invalid_request") == none + 1
        assert count("made-up-by-a-client", "unsupported_grant_type") == 0

    def test_refused_to_a_known_client_are_recorded(self, real_world: World, superuser_url: str) -> None:
        client = real_world.client
        client.refresh("made-up")
        client.refresh("x", dpop="nonsense")
        client.post("/oauth/token", {"grant_type": "password"}, dpop=True)
        assert kinds_about(superuser_url, client.client_id).count("token.refused") == 3
