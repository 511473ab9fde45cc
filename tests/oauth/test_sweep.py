"""The clean-up deletes what has expired, in batches, and nothing else."""

import time

import pytest
import time_machine

from oauth.models import AccessToken, Consent, Grant, PushedAuthorizationRequest, RefreshToken
from oauth.operations import sweep
from oauth.tasks import sweep_expired
from tests.oauth.conftest import World


class TestSweep:
    def test_deletes_what_is_over_and_keeps_the_consent(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            world.tokens()
            clock.shift(91 * 86400)
            sweep_expired()
        for model in (AccessToken, Grant, RefreshToken):
            assert not model.objects.filter(user=world.user).exists(), model
        assert not PushedAuthorizationRequest.objects.exists()
        assert Consent.objects.filter(user=world.user).exists()

    def test_keeps_what_lives(self, world: World) -> None:
        tokens = world.tokens()
        sweep_expired()
        assert world.client.call("GET", "/oauth/userinfo", tokens["access_token"]).status == 200
        assert world.client.refresh(tokens["refresh_token"]).status == 200

    def test_keeps_a_used_code_as_long_as_its_tokens_could_live(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            code = world.code()
            refresh_token = world.client.redeem(code).json["refresh_token"]
            clock.shift(1800)
            sweep_expired()
            world.client.redeem(code)
            assert world.client.refresh(refresh_token).json["error"] == "invalid_grant"

    def test_goes_in_batches(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("oauth.operations.sweep.BATCH", 1)
        with time_machine.travel(time.time(), tick=False) as clock:
            clock.shift(10 * 365 * 86400)
            sweep.sweep()  # whatever others left
            for _ in range(3):
                world.push()
            clock.shift(2 * 86400)
            assert sweep.sweep() == 3
