"""The replay stores: exact, and closed while the cache is down."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import override_settings
from redis.exceptions import ConnectionError as CacheAway

from bank.access import counters
from deploy.local.ports import free_port
from oauth.models import Grant
from oauth.protocol.failures import TemporarilyUnavailable
from oauth.protocol.replay import use_once
from tests.oauth.conftest import World
from tests.oauth.threads import all_at_once


def down(*_: object) -> None:
    """A cache whose server is gone."""
    raise CacheAway


class TestUseOnce:
    def test_is_true_once_for_many_at_the_same_moment(self, real_db: None) -> None:
        assert sum(all_at_once(20, lambda: use_once("test", "same", seconds=60))) == 1

    def test_keeps_kinds_and_parts_apart(self, db: None) -> None:
        assert use_once("a", "x", "y", seconds=60)
        assert use_once("b", "x", "y", seconds=60)
        assert use_once("a", "xy", seconds=60)
        assert not use_once("a", "x", "y", seconds=60)

    def test_refuses_while_nobody_can_remember(self) -> None:
        with patch("oauth.protocol.replay.ask", down), pytest.raises(TemporarilyUnavailable):
            use_once("a", "x", seconds=60)


@pytest.fixture
def no_cache() -> Iterator[None]:
    """The cache's address is one where nobody listens: every connection is refused."""
    gone = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/1"}
    with override_settings(CACHES={**settings.CACHES, "default": gone}):
        yield
    counters._Pause.until = 0.0  # else the next test still finds the doors shut for a second


class TestDoorsWhileTheCacheIsDown:
    def test_say_when_to_come_back(self, world: World) -> None:
        with patch("oauth.protocol.replay.ask", down):
            refused = world.client.push()
        assert (refused.status, refused.json["error"]) == (503, "temporarily_unavailable")
        assert refused.headers["Retry-After"] == "1"

    def test_give_no_token_and_take_none(self, world: World) -> None:
        tokens = world.tokens(scope="openid consents:read")
        with patch("oauth.protocol.replay.ask", down):
            assert world.client.refresh(tokens["refresh_token"]).status == 503
            assert world.client.push().status == 503
            assert world.client.call("GET", "/oauth/userinfo", tokens["access_token"]).status == 503
            assert world.client.call("GET", "/v1/me/consents", tokens["access_token"]).status == 503

    def test_stay_shut_when_nobody_listens_at_its_address(self, world: World, no_cache: None) -> None:
        before = Grant.objects.count()
        for answered in (world.client.push(), world.client.refresh("x"), world.client.redeem("x")):
            assert answered.status == 503
            assert answered.json["error"] == "temporarily_unavailable"
            assert answered.headers["Retry-After"]
        assert Grant.objects.count() == before

    def test_take_no_token_when_nobody_listens_at_its_address(
        self, world: World, request: pytest.FixtureRequest
    ) -> None:
        token = world.tokens(scope="openid consents:read")["access_token"]
        request.getfixturevalue("no_cache")
        for path in ("/oauth/userinfo", "/v1/me/consents"):
            assert world.client.call("GET", path, token).status == 503, path

    def test_open_again_with_it(self, world: World) -> None:
        with patch("oauth.protocol.replay.ask", down):
            assert world.client.push().status == 503
        assert world.client.push().status == 201
