"""Signed introspection answers (RFC 9701; FAPI 2.0 Message Signing, 5.5)."""

from typing import Any

import pytest

from oauth import signing_keys
from oauth.protocol.introspection_jwt import MEDIA_TYPE
from tests.oauth.conftest import World, new_client
from tests.oauth.message_signing.signing_client import opened
from tests.oauth.message_signing.test_request_objects import set_policy
from tests.support.fapi_client import FapiClient, Reply


def introspect(client: FapiClient, token: str, accept: str = MEDIA_TYPE) -> Reply:
    return client.post("/oauth/introspect", {"token": token}, headers={"Accept": accept})


def claims_of(reply: Reply) -> tuple[dict[str, Any], dict[str, Any]]:
    assert reply.headers["Content-Type"] == MEDIA_TYPE
    return opened(reply.text, signing_keys.public_jwks())


class TestSignedIntrospection:
    def test_says_the_same_as_the_plain_one_signed_for_this_client(self, world: World) -> None:
        token = world.tokens()["access_token"]
        plain = introspect(world.client, token, "application/json").json
        header, claims = claims_of(introspect(world.client, token))
        assert (header["typ"], header["alg"]) == ("token-introspection+jwt", "PS256")
        assert (claims["iss"], claims["aud"]) == (world.client.issuer, world.client.client_id)
        assert claims["token_introspection"] == plain
        assert plain["active"] is True
        assert not {"sub", "exp"} & claims.keys()

    def test_tells_another_client_nothing(self, world: World) -> None:
        token = world.tokens()["access_token"]
        _, claims = claims_of(introspect(new_client(), token))
        assert claims["token_introspection"] == {"active": False}

    @pytest.mark.parametrize("token", ["x", "hba_none", "é"])
    def test_says_that_an_unknown_token_is_not_active(self, world: World, token: str) -> None:
        _, claims = claims_of(introspect(world.client, token))
        assert claims["token_introspection"] == {"active": False}

    def test_is_signed_with_the_algorithm_of_the_client(self, world: World) -> None:
        set_policy(world, introspection_signed_response_alg="ES256")
        header, _ = claims_of(introspect(world.client, "x"))
        assert header["alg"] == "ES256"

    @pytest.mark.parametrize(
        "accept",
        [
            "application/json",
            "*/*",
            "",
            f"{MEDIA_TYPE};q=0",
            "text/html, */*;q=0.1",
            f"{MEDIA_TYPE};q=0.000, */*",
            f"{MEDIA_TYPE};q=0.5, application/json",
        ],
    )
    def test_is_given_only_where_it_is_asked_for(self, world: World, accept: str) -> None:
        assert introspect(world.client, "x", accept).json == {"active": False}

    @pytest.mark.parametrize("beside", ["application/json;q=0.5", "application/json", "*/*"])
    def test_is_asked_for_among_others(self, world: World, beside: str) -> None:
        claims_of(introspect(world.client, "x", f"{beside}, {MEDIA_TYPE.upper()}"))

    def test_needs_client_authentication(self, world: World) -> None:
        refused = world.client.post(
            "/oauth/introspect", {"token": "x", "client_assertion": "no"}, headers={"Accept": MEDIA_TYPE}
        )
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")

    def test_is_not_taken_as_an_access_token(self, world: World) -> None:
        signed = introspect(world.client, world.tokens()["access_token"]).text
        assert world.client.call("GET", "/v1/me/consents", signed).status == 401

    def test_is_announced(self, world: World) -> None:
        told = world.client.transport.send("GET", "/.well-known/openid-configuration", {}).json
        assert told["introspection_signing_alg_values_supported"] == ["PS256", "ES256"]
