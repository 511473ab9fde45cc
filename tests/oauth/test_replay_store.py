"""The replay stores: exact, and closed while the cache is down."""

from unittest.mock import patch

import pytest
from django_redis.exceptions import ConnectionInterrupted

from oauth.protocol.failures import TemporarilyUnavailable
from oauth.protocol.replay import use_once
from tests.oauth.conftest import World
from tests.oauth.threads import all_at_once


class Down:
    """A cache whose server is gone."""

    def add(self, *args: object, **kwargs: object) -> None:
        raise ConnectionInterrupted(connection=None)


class TestUseOnce:
    def test_is_true_once_for_many_at_the_same_moment(self, real_db: None) -> None:
        assert sum(all_at_once(20, lambda: use_once("test", "same", seconds=60))) == 1

    def test_keeps_kinds_and_parts_apart(self, db: None) -> None:
        assert use_once("a", "x", "y", seconds=60)
        assert use_once("b", "x", "y", seconds=60)
        assert use_once("a", "xy", seconds=60)
        assert not use_once("a", "x", "y", seconds=60)

    def test_refuses_while_nobody_can_remember(self) -> None:
        with patch("oauth.protocol.replay.cache", Down()), pytest.raises(TemporarilyUnavailable):
            use_once("a", "x", seconds=60)


class TestDoorsWhileTheCacheIsDown:
    def test_give_no_token_and_take_none(self, world: World) -> None:
        tokens = world.tokens(scope="openid consents:read")
        with patch("oauth.protocol.replay.cache", Down()):
            assert world.client.refresh(tokens["refresh_token"]).status == 503
            assert world.client.push().status == 503
            assert world.client.call("GET", "/oauth/userinfo", tokens["access_token"]).status == 503
            assert world.client.call("GET", "/v1/me/consents", tokens["access_token"]).status == 503
