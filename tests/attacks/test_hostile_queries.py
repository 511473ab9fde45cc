"""Query strings and cursors that try to say two things, or somebody else's."""

import base64
from typing import Any

import pytest

from tests.bank.conftest import Caller
from tests.bank.test_problems import problem


class TestQuery:
    @pytest.mark.parametrize(
        ("query", "pointer", "code"),
        [
            ("limit=5&limit=500", "?limit", "repeated"),
            ("offset=5", "?offset", "unknown"),
            ("owner__password=x", "?owner__password", "unknown"),
            ("limit=0", "?limit", "min_value"),
            ("limit=101", "?limit", "max_value"),
            ("limit=-1", "?limit", "invalid"),
            ("limit=1e1", "?limit", "invalid"),
            ("limit=%EF%BC%91", "?limit", "invalid"),
            ("limit=1_0", "?limit", "invalid"),
            ("limit=", "?limit", "invalid"),
            ("limit=%20", "?limit", "invalid"),
            ("parity=a%00b", "?", "forbidden_character"),
            ("parity=a%0d%0aX:1", "?", "forbidden_character"),
            ("par%E2%80%AEity=a", "?", "forbidden_character"),
            ("parity=%ff", "?", "forbidden_character"),
        ],
    )
    def test_refuses(self, caller: Caller, query: str, pointer: str, code: str) -> None:
        errors = problem(caller.get(f"/v1/numbers?{query}"), 400)["errors"]
        assert (errors[0]["pointer"], errors[0]["code"]) == (pointer, code)

    def test_survives_a_thousand_parameters(self, caller: Caller) -> None:
        problem(caller.get("/v1/numbers?" + "&".join(f"p{n}=1" for n in range(1000))), 400)


class TestCursor:
    def test_walks_every_row_once(self, caller: Caller) -> None:
        seen: list[int] = []
        path: str | None = "/v1/numbers?limit=40"
        while path:
            response = caller.get(path)
            body = response.json()
            seen += body["data"]
            link = response.get("Link", "")
            assert bool(link) is body["has_more"] is (body["next_cursor"] is not None)
            path = link.partition(">")[0].removeprefix("<https://testserver") if link else None
        assert seen == list(range(1, 251))

    def test_last_full_page_has_no_next(self, caller: Caller) -> None:
        assert caller.get("/v1/numbers?limit=50").json()["has_more"] is True
        body = walk(caller, 4, 50)
        assert (len(body["data"]), body["has_more"], body["next_cursor"]) == (50, False, None)

    def test_holds_only_for_the_filters_it_was_made_for(self, caller: Caller) -> None:
        cursor = caller.get("/v1/numbers?parity=even").json()["next_cursor"]
        assert caller.get(f"/v1/numbers?parity=even&cursor={cursor}&limit=7").status_code == 200
        for other in (f"parity=odd&cursor={cursor}", f"cursor={cursor}"):
            problem(caller.get(f"/v1/numbers?{other}"), 400)

    @pytest.mark.parametrize(
        "change", ["truncated", "flipped", "made up", "empty", "not base64", "plain", "long"]
    )
    def test_cannot_be_made_or_changed(self, caller: Caller, change: str) -> None:
        cursor = caller.get("/v1/numbers").json()["next_cursor"]
        forged: Any = {
            "truncated": cursor[:-4],
            "flipped": cursor[:-3] + ("A" if cursor[-3] != "A" else "B") + cursor[-2:],
            "made up": base64.urlsafe_b64encode(b"\0" * 16 + b'{"n":0}').decode().rstrip("="),
            "empty": "",
            "not base64": "a",
            "plain": '{"n":0}',
            "long": "A" * 10_000,
        }[change]
        response = caller.get("/v1/numbers", {"cursor": forged})
        assert problem(response, 400)["errors"][0]["pointer"] == "?cursor"


def walk(caller: Caller, pages: int, limit: int) -> Any:
    body = caller.get(f"/v1/numbers?limit={limit}").json()
    for _ in range(pages):
        body = caller.get(f"/v1/numbers?limit={limit}&cursor={body['next_cursor']}").json()
    return body
