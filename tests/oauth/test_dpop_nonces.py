"""Server nonces for proofs (RFC 9449, 8 and 9): asked for by a setting, at every door that takes a proof."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from oauth.protocol import dpop_nonce
from tests.oauth.conftest import World
from tests.oauth.trail import kinds_about
from tests.support.fapi_client import Reply

API = "/v1/me/consents"


@pytest.fixture(autouse=True)
def wanted() -> Iterator[None]:
    with override_settings(DPOP_NONCE_SECONDS=60):
        yield


def asked(reply: Reply, status: int = 400) -> str:
    """Check that a nonce is asked for, and return the one offered."""
    assert reply.status == status, reply.text
    if status == 400:
        assert reply.json["error"] == "use_dpop_nonce"
    else:
        assert 'error="use_dpop_nonce"' in reply.headers["WWW-Authenticate"]
    return str(reply.headers["DPoP-Nonce"])


def proof(world: World, path: str, nonce: Any, token: str | None = None, method: str = "POST") -> str:
    return world.client.proof(method, world.client.url(path), token, nonce=nonce)


def tokens_of(world: World) -> Any:
    code = world.code(scope="openid consents:read")
    return world.client.redeem(code, dpop=proof(world, "/oauth/token", dpop_nonce.issue(now()))).json


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class TestTheAuthorizationServer:
    def test_asks_at_the_token_endpoint_and_takes_what_it_offered(self, world: World) -> None:
        code = world.code()
        nonce = asked(world.client.redeem(code))
        answered = world.client.redeem(code, dpop=proof(world, "/oauth/token", nonce))
        assert answered.status == 200
        assert answered.headers["DPoP-Nonce"]

    def test_asks_when_a_request_is_pushed_with_a_proof(self, world: World) -> None:
        nonce = asked(world.client.push(dpop=True))
        assert world.client.push(dpop=proof(world, "/oauth/par", nonce)).status == 201
        assert world.client.push().status == 201, "a push without a proof needs none"

    def test_asks_for_a_refresh(self, world: World) -> None:
        refresh_token = tokens_of(world)["refresh_token"]
        nonce = asked(world.client.refresh(refresh_token))
        assert world.client.refresh(refresh_token, dpop=proof(world, "/oauth/token", nonce)).status == 200


class TestTheApi:
    def test_asks_by_a_challenge_and_takes_what_it_offered(self, world: World) -> None:
        token = tokens_of(world)["access_token"]
        nonce = asked(world.client.call("GET", API, token), 401)
        answered = world.client.call(
            "GET", API, token, headers={"DPoP": proof(world, API, nonce, token, "GET")}
        )
        assert answered.status == 200
        assert answered.headers["DPoP-Nonce"]

    def test_asks_at_userinfo(self, world: World) -> None:
        token = tokens_of(world)["access_token"]
        path = "/oauth/userinfo"
        nonce = asked(world.client.call("GET", path, token), 401)
        headers = {"DPoP": proof(world, path, nonce, token, "GET")}
        assert world.client.call("GET", path, token, headers=headers).status == 200

    def test_does_not_take_a_missing_nonce_for_a_theft(self, real_world: World, superuser_url: str) -> None:
        token = tokens_of(real_world)["access_token"]
        asked(real_world.client.call("GET", API, token), 401)
        assert "access.denied" not in kinds_about(superuser_url, real_world.client.client_id)


class TestANonce:
    @pytest.mark.parametrize("nonce", ["", "x", 7, None, ["x"], "1.x", "9" * 50 + ".x", "٣.x", "1700000000."])
    def test_that_is_not_ours_is_refused(self, world: World, nonce: Any) -> None:
        asked(world.client.refresh("x", dpop=proof(world, "/oauth/token", nonce)))

    def test_lives_as_long_as_the_setting_says(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            nonce = asked(world.client.refresh("x"))
            clock.shift(59)
            taken = world.client.refresh("x", dpop=proof(world, "/oauth/token", nonce))
            assert taken.json["error"] == "invalid_grant"
            clock.shift(2)
            asked(world.client.refresh("x", dpop=proof(world, "/oauth/token", nonce)))

    def test_of_another_bank_is_refused(self, world: World) -> None:
        with override_settings(SECRET_KEY="another key of fifty characters or a few more than that"):
            nonce = dpop_nonce.issue(now())
        asked(world.client.refresh("x", dpop=proof(world, "/oauth/token", nonce)))

    def test_does_not_let_a_proof_come_twice(self, world: World) -> None:
        nonce = asked(world.client.refresh("x"))
        once = proof(world, "/oauth/token", nonce)
        assert world.client.refresh("x", dpop=once).json["error"] == "invalid_grant"
        assert world.client.refresh("x", dpop=once).json["error"] == "invalid_dpop_proof"

    def test_comes_with_an_answer_to_a_bad_proof_too(self, world: World) -> None:
        refused = world.client.refresh("x", dpop="nonsense")
        assert refused.json["error"] == "invalid_dpop_proof"
        assert refused.headers["DPoP-Nonce"]


class TestWithoutTheSetting:
    def test_none_is_asked_for_and_none_is_offered(self, world: World) -> None:
        with override_settings(DPOP_NONCE_SECONDS=0):
            answered = world.client.redeem(world.code())
        assert answered.status == 200
        assert "DPoP-Nonce" not in answered.headers
