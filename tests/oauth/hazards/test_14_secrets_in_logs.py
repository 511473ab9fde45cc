"""Hazard 14: oauthlib logs codes and tokens at DEBUG."""

import logging

import pytest

from tests.oauth.conftest import World


class TestLogs:
    def test_hold_no_code_and_no_token_even_when_all_is_logged(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        code = world.code()
        tokens = world.client.redeem(code).json
        world.client.refresh(tokens["refresh_token"])
        world.client.call("GET", "/oauth/userinfo", tokens["access_token"])
        written = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        for secret in (code, tokens["access_token"], tokens["refresh_token"]):
            assert secret not in written

    def test_of_oauthlib_are_quiet_at_any_level_of_the_root(self) -> None:
        for name in ("oauthlib", "oauthlib.oauth2.rfc6749.grant_types.authorization_code", "oauth2_provider"):
            assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
