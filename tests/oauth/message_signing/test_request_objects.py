"""Signed requests at PAR (RFC 9101; FAPI 2.0 Message Signing, 5.3)."""

import base64
import json
from typing import Any

import pytest

from oauth.models import PushedAuthorizationRequest
from tests.oauth.conftest import World, new_client
from tests.oauth.message_signing.signing_client import push, request_object
from tests.support.fapi_client import base64url, new_key, sign
from tests.support.moments import In, from_now

HOUR = 3600


def error_of(answered: Any) -> tuple[int, str]:
    return answered.status, answered.json["error"]


def set_policy(world: World, **fields: Any) -> None:
    row = world.client_row
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


class TestRequestObject:
    def test_is_taken_and_leads_all_the_way(self, world: World) -> None:
        pushed = push(world.client, request_object(world.client))
        assert pushed.status == 201, pushed.text
        url = world.client.authorize_url(pushed.json["request_uri"])
        world.sign_in().person.open(url)
        code = world.person.decide(url, accounts=["box-1"]).answer["code"]
        assert world.client.redeem(code).status == 200

    @pytest.mark.parametrize(("kind", "size"), [("RSA", 2048), ("OKP", "Ed25519")])
    def test_may_be_signed_by_each_algorithm_of_the_profile(self, world: World, kind: str, size: Any) -> None:
        client = new_client(key=new_key(kind, size))
        assert push(client, request_object(client)).status == 201

    def test_may_name_the_issuer_in_a_list(self, world: World) -> None:
        text = request_object(world.client, aud=["https://elsewhere.example", world.client.issuer])
        assert push(world.client, text).status == 201

    def test_carries_numbers_and_objects(self, world: World) -> None:
        text = request_object(world.client, max_age=900, claims={"id_token": {"acr": None}})
        assert push(world.client, text).status == 201
        assert PushedAuthorizationRequest.objects.latest("created_at").parameters["max_age"] == "900"

    def test_is_all_that_is_read(self, world: World) -> None:
        text = request_object(world.client, state=None, scope="openid")
        pushed = push(
            world.client, text, state="outside", scope="openid accounts:read", redirect_uri="https://x/"
        )
        kept = PushedAuthorizationRequest.objects.latest("created_at").parameters
        assert (pushed.status, kept["scope"], kept.get("state")) == (201, "openid", None)
        assert kept["redirect_uri"] == world.client.redirect_uri

    def test_does_not_lend_a_parameter_that_is_missing(self, world: World) -> None:
        text = request_object(world.client, code_challenge=None)
        answered = push(world.client, text, code_challenge=world.client.request()["code_challenge"])
        assert error_of(answered) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": None},
            {"aud": "https://elsewhere.example"},
            {"aud": []},
            {"aud": ["https://testserver/oauth/par"]},
            {"aud": "https://testserver/"},
            {"aud": 7},
            {"iss": None},
            {"iss": "another"},
            {"client_id": None},
            {"client_id": "another"},
            {"nbf": None},
            {"nbf": In(120)},
            {"nbf": In(-HOUR - 60), "exp": In(10)},
            {"nbf": "now"},
            {"exp": None},
            {"exp": In(-5)},
            {"exp": In(HOUR + 60)},
            {"exp": True},
            {"iat": In(120)},
            {"sub": "me"},
            {"request": "x"},
            {"request_uri": "urn:x"},
            {"state": ["a"]},
            {"scope": ["openid"]},
            {"prompt": True},
            {"nonce": {"a": 1}},
            {"state": "a\x00b"},
            {"jti": 7},
            {"jti": "x" * 300},
        ],
        ids=str,
    )
    def test_is_refused_with(self, world: World, claims: dict[str, Any]) -> None:
        assert error_of(push(world.client, request_object(world.client, **from_now(claims)))) == (
            400,
            "invalid_request_object",
        )

    @pytest.mark.parametrize(
        "header",
        [
            {"typ": None},
            {"typ": "JWT"},
            {"typ": "dpop+jwt"},
            {"crit": ["exp"]},
            {"crit": ["b64"], "b64": False},
            {"kid": "unknown"},
            {"kid": 7},
            {"typ": ["oauth-authz-req+jwt"]},
        ],
        ids=str,
    )
    def test_is_refused_with_a_header(self, world: World, header: dict[str, Any]) -> None:
        answered = push(world.client, request_object(world.client, header))
        assert error_of(answered) == (400, "invalid_request_object")

    @pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c"])
    def test_takes_no_key_the_header_brings(self, world: World, member: str) -> None:
        stranger = new_key()
        brought = {"jku": "https://evil.example/jwks", "x5u": "https://evil.example/x", "x5c": ["AA"]}
        value = stranger.as_dict(private=False) if member == "jwk" else brought[member]
        text = request_object(world.client, {member: value, "kid": stranger.kid}, key=stranger)
        assert error_of(push(world.client, text)) == (400, "invalid_request_object")

    def test_is_refused_from_another_client_s_key(self, world: World) -> None:
        other = new_client()
        text = request_object(world.client, {"kid": None}, key=other.key)
        assert error_of(push(world.client, text)) == (400, "invalid_request_object")

    def test_is_refused_when_another_client_pushes_it(self, world: World) -> None:
        text = request_object(world.client)
        assert error_of(push(new_client(), text)) == (400, "invalid_request_object")

    def test_is_good_once(self, world: World) -> None:
        text = request_object(world.client)
        assert push(world.client, text).status == 201
        assert error_of(push(world.client, text)) == (400, "invalid_request_object")

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "ES384", "None", "nOnE"])
    def test_is_refused_without_an_algorithm_of_the_profile(self, world: World, algorithm: str) -> None:
        good = request_object(world.client).split(".")
        header = {"alg": algorithm, "typ": "oauth-authz-req+jwt", "kid": world.client.key.kid}
        forged = (
            f"{base64url(json.dumps(header).encode())}.{good[1]}.{'' if algorithm == 'none' else good[2]}"
        )
        assert error_of(push(world.client, forged)) == (400, "invalid_request_object")

    def test_is_not_signed_with_the_public_key_as_a_secret(self, world: World) -> None:
        import hashlib
        import hmac

        good = request_object(world.client).split(".")
        header = base64url(json.dumps({"alg": "HS256", "typ": "oauth-authz-req+jwt"}).encode())
        secret = json.dumps(world.client.key.as_dict(private=False)).encode()
        mac = hmac.new(secret, f"{header}.{good[1]}".encode(), hashlib.sha256).digest()
        assert error_of(push(world.client, f"{header}.{good[1]}.{base64url(mac)}"))[0] == 400

    def test_is_refused_after_a_change(self, world: World) -> None:
        head, body, signature = request_object(world.client).split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        changed = base64url(json.dumps({**claims, "scope": "openid payments:create"}).encode())
        assert error_of(push(world.client, f"{head}.{changed}.{signature}")) == (
            400,
            "invalid_request_object",
        )

    @pytest.mark.parametrize(
        "text", ["x", "a.b", "a.b.c", "....", "{}", "é", "e30.e30.", "e30." + "A" * 20000 + ".x"]
    )
    def test_is_refused_when_it_is_none(self, world: World, text: str) -> None:
        assert push(world.client, text).status == 400

    def test_with_a_claim_twice_is_refused(self, world: World) -> None:
        claims = b'{"iss": "a", "iss": "%s"}' % world.client.client_id.encode()
        header = {"alg": "ES256", "kid": world.client.key.kid, "typ": "oauth-authz-req+jwt"}
        assert push(world.client, sign(header, claims, world.client.key)).status == 400

    def test_is_no_client_assertion(self, world: World) -> None:
        text = request_object(world.client)
        answered = world.client.post("/oauth/par", {**world.client.request(), "client_assertion": text})
        assert error_of(answered) == (401, "invalid_client")

    def test_a_client_assertion_is_no_request_object(self, world: World) -> None:
        assert error_of(push(world.client, world.client.assertion())) == (400, "invalid_request_object")


class TestPolicy:
    def test_a_client_that_has_to_sign_is_refused_unsigned(self, world: World) -> None:
        set_policy(world, require_signed_request_object=True)
        assert error_of(world.client.push()) == (400, "invalid_request")
        assert push(world.client, request_object(world.client)).status == 201

    def test_a_registered_algorithm_is_the_only_one(self, world: World) -> None:
        set_policy(world, request_object_signing_alg="PS256")
        assert error_of(push(world.client, request_object(world.client))) == (400, "invalid_request_object")
        set_policy(world, request_object_signing_alg="ES256")
        assert push(world.client, request_object(world.client)).status == 201

    def test_is_not_taken_at_the_authorization_endpoint(self, world: World) -> None:
        from urllib.parse import urlencode

        query = urlencode({"client_id": world.client.client_id, "request": request_object(world.client)})
        page = world.sign_in().person.open(f"{world.client.url('/oauth/authorize')}?{query}")
        assert page.status == 400

    def test_is_announced(self, world: World) -> None:
        told = world.client.transport.send("GET", "/.well-known/oauth-authorization-server", {}).json
        assert told["request_parameter_supported"] is True
        assert told["request_uri_parameter_supported"] is False
        assert "PS256" in told["request_object_signing_alg_values_supported"]
        assert not {"none", "RS256", "HS256"} & set(told["request_object_signing_alg_values_supported"])
