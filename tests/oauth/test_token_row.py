"""The hand-written query finds what the models would find."""

from datetime import timedelta

import pytest
from django_redis import get_redis_connection

from bank import clock
from bank.observability.context import RequestContext, enter, leave
from oauth import token_row
from oauth.actors import actor_for_token
from oauth.models import AccessToken
from tests.oauth.conftest import World
from tests.oauth.test_budgets import queries_of
from tests.support.clock import move_on

TOKEN, *RELATED = token_row._ACCESS_TOKEN.parts


class TestTokenRow:
    def test_equals_what_the_models_read(self, world: World) -> None:
        world.tokens(scope="openid accounts:read consents:read")
        through_models = AccessToken.objects.select_related("consent", "application", "user").get(
            user=world.user
        )
        found = token_row.find(through_models.token_checksum)
        assert found is not None
        for relation, part in (("", None), *((part.relation, part) for part in RELATED)):
            expected, got = ((getattr(one, relation) if relation else one) for one in (through_models, found))
            for name in (part or TOKEN).names:
                assert getattr(got, name) == getattr(expected, name), (relation, name)

    def test_is_all_the_actor_needs(self, world: World) -> None:
        world.tokens()
        found = token_row.find(AccessToken.objects.get(user=world.user).token_checksum)
        assert found is not None
        assert queries_of(lambda: actor_for_token(found)) == []

    @pytest.mark.parametrize("of", ["a token", "an app"])
    def test_brings_the_banks_clock_along(self, world: World, of: str) -> None:
        world.tokens()
        token = AccessToken.objects.get(user=world.user)
        find, name = {
            "a token": (token_row.find, token.token_checksum),
            "an app": (token_row.find_client, token.application.client_id),
        }[of]
        move_on(days=3)
        get_redis_connection("default").flushdb()
        enter(RequestContext())
        try:
            assert find(name) is not None
            assert queries_of(clock.now) == []
            assert clock.ahead() == timedelta(days=3)
        finally:
            leave()

    def test_finds_nothing_for_another_checksum(self, db: None) -> None:
        assert token_row.find("0" * 64) is None

    def test_fetches_what_it_left_out_when_asked(self, world: World) -> None:
        world.tokens()
        found = token_row.find(AccessToken.objects.get(user=world.user).token_checksum)
        assert found is not None
        assert found.consent.scope == "openid accounts:read balances:read"
