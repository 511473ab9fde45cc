"""Too fast, or uncounted: what the doors of the authorization server answer then."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from redis.exceptions import ConnectionError as CacheDown

from bank.access import rate_limits
from bank.access.rate_limits import DOORS, Door
from tests.oauth.conftest import World, new_client


@contextmanager
def narrow(door: str, **rates: str) -> Iterator[None]:
    """Make a door so narrow that a test can fill it (the tests' own factor is 1000).

    By the hour: a window of a minute ends within a test once in a while.
    """
    with (
        patch.dict(DOORS, {door: Door(rates, DOORS[door].when_down)}),
        patch.object(rate_limits.settings, "RATE_LIMIT_FACTOR", 1),
    ):
        yield


class TestTooMany:
    @pytest.mark.parametrize(("door", "path"), [("token", "/oauth/token"), ("par", "/oauth/par")])
    def test_requests_of_one_app_are_slowed_and_others_are_not(
        self, world: World, door: str, path: str
    ) -> None:
        other = new_client()
        with narrow(door, client="2/h"):
            answers = [world.client.post(path, {"grant_type": "refresh_token"}, dpop=True) for _ in range(3)]
            assert other.post(path, {"grant_type": "refresh_token"}, dpop=True).status == 400
        assert [reply.status for reply in answers] == [400, 400, 429]
        assert answers[2].json["error"] == "temporarily_unavailable"
        assert int(answers[2].headers["Retry-After"]) > 0

    def test_bad_assertions_from_one_address_are_slowed(self, world: World) -> None:
        with narrow("token", address="3/h"):
            statuses = [world.client.post("/oauth/token", {"client_assertion": "x"}).status for _ in range(4)]
        assert statuses == [401, 401, 401, 429]

    def test_looks_at_the_consent_page_are_slowed_too(self, world: World) -> None:
        url = world.push()
        world.sign_in()
        with narrow("authorize", user="1/h"):
            assert [world.person.open(url).status for _ in range(2)] == [200, 429]


class TestUncounted:
    @pytest.mark.parametrize(
        ("path", "status"),
        [("/oauth/token", 503), ("/oauth/par", 503), ("/oauth/introspect", 503), ("/oauth/revoke", 200)],
    )
    def test_only_giving_back_a_token_goes_on(self, world: World, path: str, status: int) -> None:
        form = {"token": "x", "client_assertion": world.client.assertion()}
        with patch("bank.access.counters.count_noted", side_effect=CacheDown):
            assert world.client.post(path, form).status == status
