"""How many queries the hot doors may take: more is a mistake somebody made."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.oauth.conftest import World

NOT_COUNTED = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")
NOW_AND_THEN = "bank_access_iprule"  # read again every few seconds, whatever is asked


def queries_of(action: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        action()
    texts = [query["sql"] for query in captured]
    return [text for text in texts if not text.startswith(NOT_COUNTED) and NOW_AND_THEN not in text]


class TestBudgets:
    def test_a_code_becomes_tokens_in_three_queries(self, world: World) -> None:
        code = world.code()
        answered: list[Any] = []
        queries = queries_of(lambda: answered.append(world.client.redeem(code)))
        assert answered[0].status == 200
        assert len(queries) <= 3, queries

    def test_a_refresh_takes_three_queries(self, world: World) -> None:
        refresh_token = world.tokens()["refresh_token"]
        queries = queries_of(lambda: world.client.refresh(refresh_token))
        assert len(queries) <= 3, queries

    def test_a_token_is_checked_in_one_query(self, world: World) -> None:
        token = world.tokens()["access_token"]
        answered: list[Any] = []
        queries = queries_of(lambda: answered.append(world.client.call("GET", "/oauth/userinfo", token)))
        assert answered[0].status == 200
        assert len(queries) == 1, queries

    def test_a_pushed_request_takes_five_queries_at_most(self, world: World) -> None:
        queries = queries_of(world.client.push)
        assert len(queries) <= 5, queries
