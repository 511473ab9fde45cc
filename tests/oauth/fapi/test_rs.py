"""Resource server: requirements 1 to 7."""

import time
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from oauth.models import Client
from tests.oauth.conftest import World, make_live
from tests.support.fapi_client import new_key

API = "/v1/me/consents"


@pytest.fixture
def token(world: World) -> str:
    return str(world.tokens(scope="openid consents:read")["access_token"])


def challenge(reply: Any) -> str:
    assert reply.status == 401, reply.text
    return str(reply.headers["WWW-Authenticate"])


class TestRS1Transport:
    @pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
    def test_the_scheme_may_be_written_in_any_case(self, world: World, token: str, scheme: str) -> None:
        assert (
            world.client.call("GET", API, token, headers={"Authorization": f"{scheme} {token}"}).status == 200
        )

    def test_a_token_in_the_url_is_refused(self, world: World, token: str) -> None:
        url = f"{world.client.url(API)}?access_token={token}"
        proof = world.client.proof("GET", world.client.url(API), token)
        alone = world.client.transport.send("GET", url, {"DPoP": proof})
        twice = world.client.call("GET", f"{API}?access_token={token}", token)
        for refused in (alone, twice):  # RFC 6750, 3.1: invalid_request is 400
            assert (refused.status, refused.json["code"]) == (400, "token_in_url")
            assert 'error="invalid_request"' in refused.headers["WWW-Authenticate"]

    @pytest.mark.parametrize(
        "value", ["{token}", "DPoP", "DPoP ", "DPoP {token} x", "Basic {token}", "DPoP {token},x"]
    )
    def test_a_malformed_header_is_refused(self, world: World, token: str, value: str) -> None:
        headers = {"Authorization": value.format(token=token)}
        assert world.client.call("GET", API, token, headers=headers).status == 401


class TestRS2Validity:
    def test_a_made_up_token_is_refused(self, world: World) -> None:
        assert 'error="invalid_token"' in challenge(world.client.call("GET", API, "made-up"))

    def test_a_token_dies_after_five_minutes(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            token = world.tokens(scope="consents:read")["access_token"]
            clock.shift(299)
            assert world.client.call("GET", API, token).status == 200
            clock.shift(2)
            assert 'error="invalid_token"' in challenge(world.client.call("GET", API, token))

    def test_a_token_dies_with_its_consent_at_once(self, world: World, token: str) -> None:
        assert world.client.call("GET", API, token).status == 200
        world.revoke()
        assert world.client.call("GET", API, token).status == 401

    def test_a_token_dies_when_it_is_revoked(self, world: World, token: str) -> None:
        assert world.client.post("/oauth/revoke", {"token": token}).status == 200
        assert world.client.call("GET", API, token).status == 401

    def test_a_consent_ends_by_the_clock_though_no_job_ran(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            refresh_token = world.tokens(scope="consents:read")["refresh_token"]
            clock.shift(90 * 86400 - 100)
            token = world.client.refresh(refresh_token).json["access_token"]
            assert world.client.call("GET", API, token).status == 200
            clock.shift(101)
            assert world.client.call("GET", API, token).status == 401
            assert world.client.refresh(refresh_token).json["error"] == "invalid_grant"

    def test_a_token_dies_with_its_app(self, world: World, token: str) -> None:
        Client.objects.filter(client_id=world.client.client_id).update(is_active=False)
        assert world.client.call("GET", API, token).status == 401

    def test_a_token_works_in_production_for_a_live_app_alone(self, world: World, token: str) -> None:
        with override_settings(SANDBOX=False):
            assert world.client.call("GET", API, token).status == 401
        make_live(world.client.client_id)
        with override_settings(SANDBOX=False):
            assert world.client.call("GET", API, token).status == 200

    def test_a_token_dies_with_its_login(self, world: World, token: str) -> None:
        world.user.is_active = False
        world.user.save()
        assert world.client.call("GET", API, token).status == 401


class TestRS3Scope:
    def test_too_small_is_403_with_a_challenge(self, world: World) -> None:
        token = world.tokens(scope="accounts:read")["access_token"]
        refused = world.client.call("GET", API, token)
        assert refused.status == 403
        assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]

    def test_shrinks_with_the_roles_of_the_login(self, world: World, token: str) -> None:
        world.user.roles = []
        world.user.save()
        assert world.client.call("GET", API, token).status == 403


class TestRS4BoundTokens:
    def test_as_bearer_are_refused(self, world: World, token: str) -> None:
        assert (
            world.client.call("GET", API, token, headers={"Authorization": f"Bearer {token}"}).status == 401
        )

    def test_without_proof_are_refused(self, world: World, token: str) -> None:
        headers = {"Authorization": f"DPoP {token}"}
        refused = world.client.transport.send("GET", world.client.url(API), headers)
        assert 'error="invalid_dpop_proof"' in challenge(refused)


class TestRS5Proof:
    @pytest.mark.parametrize(
        ("header", "claims"),
        [
            ({"typ": "JWT"}, {}),
            ({"alg": "RS256"}, {}),
            ({}, {"htm": "POST"}),
            ({}, {"htu": "https://testserver/v1/accounts"}),
            ({}, {"htu": "https://elsewhere.example/v1/me/consents"}),
            ({}, {"ath": None}),
            ({}, {"ath": "another"}),
            ({}, {"iat": 1}),
            ({}, {"jti": None}),
            ({}, {"exp": 1}),
            ({}, {"nbf": 1e11}),
        ],
    )
    def test_wrong_in_one_part_is_refused(
        self, world: World, token: str, header: dict[str, Any], claims: dict[str, Any]
    ) -> None:
        if header.get("alg") == "RS256":
            proof = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImRwb3Arand0In0.e30.AAAA"
        else:
            proof = world.client.proof("GET", world.client.url(API), token, header=header, **claims)
        refused = world.client.call("GET", API, token, headers={"DPoP": proof})
        assert 'error="invalid_dpop_proof"' in challenge(refused)

    @pytest.mark.parametrize(
        "htu",
        [
            "HTTPS://TESTSERVER/v1/me/consents",
            "https://testserver:443/v1/me/consents",
            "https://testserver/v1/me/%63onsents",
        ],
    )
    def test_may_spell_the_url_differently(self, world: World, token: str, htu: str) -> None:
        proof = world.client.proof("GET", htu, token)
        assert world.client.call("GET", API, token, headers={"DPoP": proof}).status == 200

    def test_is_for_the_url_without_its_query(self, world: World, token: str) -> None:
        assert world.client.call("GET", f"{API}?limit=1", token).status == 200

    def test_made_with_another_key_is_refused(self, world: World, token: str) -> None:
        world.client.dpop_key = new_key()
        assert 'error="invalid_dpop_proof"' in challenge(world.client.call("GET", API, token))

    def test_works_once(self, world: World, token: str) -> None:
        headers = {"DPoP": world.client.proof("GET", world.client.url(API), token)}
        assert world.client.call("GET", API, token, headers=headers).status == 200
        assert 'error="invalid_dpop_proof"' in challenge(
            world.client.call("GET", API, token, headers=headers)
        )

    def test_may_not_come_twice(self, world: World, token: str) -> None:
        url = world.client.url(API)
        two = f"{world.client.proof('GET', url, token)}, {world.client.proof('GET', url, token)}"
        assert 'error="invalid_dpop_proof"' in challenge(
            world.client.call("GET", API, token, headers={"DPoP": two})
        )


class TestRS6Challenge:
    def test_without_a_token_names_the_algorithms(self, world: World) -> None:
        told = challenge(world.client.transport.send("GET", world.client.url(API), {}))
        assert told.startswith("DPoP ")
        assert 'algs="PS256 ES256 EdDSA' in told
        assert "error" not in told

    def test_of_a_bad_proof_says_so(self, world: World, token: str) -> None:
        told = challenge(world.client.call("GET", API, token, headers={"DPoP": "nonsense"}))
        assert told.startswith("DPoP ")
        assert 'error="invalid_dpop_proof"' in told

    def test_asks_for_a_nonce_where_one_is_wanted(self, world: World, token: str) -> None:
        with override_settings(DPOP_NONCE_SECONDS=60):
            answered = world.client.call("GET", API, token)
        assert 'error="use_dpop_nonce"' in challenge(answered)
        assert answered.headers["DPoP-Nonce"]


class TestRS7OtherTokens:
    @pytest.mark.parametrize("name", ["id_token", "refresh_token"])
    def test_open_no_door(self, world: World, name: str) -> None:
        token = world.tokens(scope="openid consents:read")[name]
        assert 'error="invalid_token"' in challenge(world.client.call("GET", API, token))
