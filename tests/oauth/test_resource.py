"""Resource indicators (RFC 8707): a token is for the bank's own API alone."""

import pytest
from django.conf import settings

from tests.oauth.conftest import World

OURS = [settings.PUBLIC_ORIGIN, f"{settings.PUBLIC_ORIGIN}/", f"{settings.PUBLIC_ORIGIN}/v1"]
OTHERS = [
    "https://other.example",
    f"{settings.PUBLIC_ORIGIN}.other.example",
    f"{settings.PUBLIC_ORIGIN}@other.example",
    settings.PUBLIC_ORIGIN.replace("https", "http"),
    f"{settings.PUBLIC_ORIGIN}/v1#part",
    "/v1",
    "https://[",
]


class TestResource:
    @pytest.mark.parametrize("named", OURS)
    def test_is_the_banks_own(self, world: World, named: str) -> None:
        tokens = world.tokens(resource=named)
        assert world.client.refresh(tokens["refresh_token"], resource=named).status == 200

    @pytest.mark.parametrize("named", OTHERS)
    def test_of_others_is_refused_when_it_is_pushed(self, world: World, named: str) -> None:
        refused = world.client.push(resource=named)
        assert (refused.status, refused.json["error"]) == (400, "invalid_target")

    def test_of_others_gets_no_token_and_uses_nothing_up(self, world: World) -> None:
        code = world.code()
        refused = world.client.redeem(code, resource=OTHERS[0])
        assert (refused.status, refused.json["error"]) == (400, "invalid_target")
        tokens = world.client.redeem(code).json
        refused = world.client.refresh(tokens["refresh_token"], resource=OTHERS[0])
        assert refused.json["error"] == "invalid_target"
