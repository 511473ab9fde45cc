"""Signed authorization responses (JARM; FAPI 2.0 Message Signing, 5.4)."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from oauth import signing_keys
from tests.oauth.conftest import World, new_client
from tests.oauth.message_signing.signing_client import opened, push, request_object
from tests.oauth.message_signing.test_request_objects import set_policy
from tests.support.fapi_client import Reply


def answer_in(reply: Reply) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of the one parameter of the redirect."""
    parameters = parse_qs(urlsplit(reply.location).query)
    assert list(parameters) == ["response"]
    return opened(parameters["response"][0], signing_keys.public_jwks())


class TestJarm:
    @pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
    def test_carries_code_and_state_in_one_jwt(self, world: World, mode: str) -> None:
        reply = world.agree(response_mode=mode)
        header, claims = answer_in(reply)
        assert reply.status == 303
        assert header["alg"] == "PS256"
        assert (claims["iss"], claims["aud"]) == (world.client.issuer, world.client.client_id)
        assert time.time() < claims["exp"] <= time.time() + 600
        assert claims["state"] == "state-1"
        assert world.client.redeem(claims["code"]).status == 200

    def test_carries_errors_too(self, world: World) -> None:
        url = world.push(response_mode="jwt")
        world.sign_in().person.open(url)
        _, claims = answer_in(world.person.decide(url, decision="refuse"))
        assert (claims["error"], claims["state"]) == ("access_denied", "state-1")
        assert (claims["iss"], claims["aud"]) == (world.client.issuer, world.client.client_id)
        assert "code" not in claims

    def test_carries_errors_that_no_person_saw(self, world: World) -> None:
        _, claims = answer_in(world.person.open(world.push(response_mode="jwt", prompt="none")))
        assert claims["error"] == "login_required"

    def test_leaves_out_a_state_that_was_not_sent(self, world: World) -> None:
        _, claims = answer_in(world.agree(response_mode="jwt", state=None))
        assert "state" not in claims

    def test_is_signed_with_the_algorithm_of_the_client(self, world: World) -> None:
        set_policy(world, authorization_signed_response_alg="ES256")
        header, _ = answer_in(world.agree(response_mode="jwt"))
        assert header["alg"] == "ES256"

    @pytest.mark.parametrize("mode", [None, "query"])
    def test_a_client_of_the_policy_gets_nothing_unsigned(self, world: World, mode: str | None) -> None:
        set_policy(world, authorization_signed_response_alg="PS256")
        answered = world.client.push(response_mode=mode)
        assert (answered.status, answered.json["error"]) == (400, "invalid_request")

    def test_is_asked_for_inside_a_request_object_too(self, world: World) -> None:
        pushed = push(world.client, request_object(world.client, response_mode="jwt"))
        url = world.client.authorize_url(pushed.json["request_uri"])
        world.sign_in().person.open(url)
        _, claims = answer_in(world.person.decide(url, accounts=["box-1"]))
        assert "code" in claims

    def test_keeps_the_query_of_the_redirect_uri(self, world: World) -> None:
        world.client = new_client(redirect_uri="https://app.example/cb?tenant=7")
        parameters = parse_qs(urlsplit(world.agree(response_mode="jwt").location).query)
        assert (parameters["tenant"], sorted(parameters)) == (["7"], ["response", "tenant"])

    def test_is_announced(self, world: World) -> None:
        told = world.client.transport.send("GET", "/.well-known/openid-configuration", {}).json
        assert told["response_modes_supported"] == ["query", "jwt", "query.jwt"]
        assert told["authorization_signing_alg_values_supported"] == ["PS256", "ES256"]
