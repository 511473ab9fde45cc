"""Hazard 11: oauthlib's Request shows every parameter a client sends as if it were its own attribute."""

import pytest

from tests.oauth.conftest import World, new_client

NAMES = ["client", "user", "scopes", "facts", "grant", "consent", "cnf", "access_token", "extra_credentials"]
NAMES += [
    "refresh_token_instance",
    "claims",
    "expires_in",
    "token_type",
    "validator_log",
    "oauth2_error",
    "id_token",
]


class TestParameters:
    def test_of_any_name_change_nothing_of_a_token(self, world: World) -> None:
        answered = world.client.redeem(world.code(), **dict.fromkeys(NAMES, "admin"))
        assert answered.status == 200
        assert answered.json["scope"] == "openid accounts:read balances:read"
        assert answered.json["expires_in"] == 300

    @pytest.mark.parametrize("name", ["client", "user", "scopes", "facts", "request", "prompt_"])
    def test_of_any_name_make_no_failure_of_a_pushed_request(self, world: World, name: str) -> None:
        assert world.client.push(**{name: "admin"}).status in {201, 400}

    def test_naming_another_client_do_not_redeem_its_code(self, world: World) -> None:
        other = new_client()
        refused = other.redeem(world.code(), client=world.client.client_id)
        assert refused.json["error"] == "invalid_grant"
