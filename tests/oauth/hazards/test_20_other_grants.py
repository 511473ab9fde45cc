"""Hazard 20: the device flow of stock DOT answers 500. Neither it nor any grant but three is served."""

import pytest

from tests.oauth.conftest import World

GRANTS = [
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "implicit",
    "openid",
]
GRANTS += ["urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange"]


class TestOtherGrants:
    @pytest.mark.parametrize("grant_type", GRANTS)
    def test_are_refused_in_words(self, world: World, grant_type: str) -> None:
        form = {"grant_type": grant_type, "username": "alice", "password": "x", "device_code": "y"}
        refused = world.client.post("/oauth/token", {**form, "code": world.code()}, dpop=True)
        assert (refused.status, refused.json["error"]) == (400, "unsupported_grant_type")

    def test_none_at_all_is_refused_in_words(self, world: World) -> None:
        refused = world.client.post("/oauth/token", {"code": "x"}, dpop=True)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")

    def test_have_no_door(self, world: World) -> None:
        for path in (
            "/oauth/device-authorization/",
            "/oauth/device",
            "/oauth/applications/",
        ):
            assert world.client.transport.send("POST", path, {}).status == 404
