"""Authorization server, assertions, tokens and cryptography: requirements 30 to 39."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from oauth.models import AccessToken, Client, Consent
from tests.oauth.conftest import World, new_client
from tests.support.fapi_client import base64url, new_key


def refused_assertion(world: World, assertion: str, **form: Any) -> None:
    refused = world.client.push(client_assertion=assertion, **form)
    assert (refused.status, refused.json["error"]) == (401, "invalid_client"), refused.text


class TestAS30Assertion:
    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "another"},
            {"sub": "another"},
            {"iss": None},
            {"sub": None},
            {"exp": None},
            {"exp": 1},
            {"exp": "soon"},
            {"exp": 1e300},
            {"exp": True},
            {"jti": None},
            {"jti": ""},
            {"jti": "x" * 1000},
            {"jti": 7},
            {"jti": ["x"]},
            {"iss": ["x"]},
            {"iss": "nul\x00"},
        ],
    )
    def test_says_who_for_whom_until_when_and_once(self, world: World, claims: dict[str, Any]) -> None:
        refused_assertion(world, world.client.assertion(**claims))

    def test_lives_ten_minutes_at_most(self, world: World) -> None:
        refused_assertion(world, world.client.assertion(exp=int(time.time()) + 3600))

    def test_works_once(self, world: World) -> None:
        assertion = world.client.assertion()
        assert world.client.push(client_assertion=assertion).status == 201
        refused_assertion(world, assertion)

    def test_works_once_at_all_endpoints_together(self, world: World) -> None:
        assertion = world.client.assertion()
        assert world.client.push(client_assertion=assertion).status == 201
        refused = world.client.post("/oauth/introspect", {"token": "x", "client_assertion": assertion})
        assert refused.status == 401

    def test_is_signed_with_a_registered_key(self, world: World) -> None:
        refused_assertion(world, world.client.assertion(key=new_key()))

    def test_names_no_key_that_is_not_registered(self, world: World) -> None:
        refused_assertion(world, world.client.assertion(header={"kid": "another"}))

    def test_brings_no_key_of_its_own(self, world: World) -> None:
        key = new_key()
        public = key.as_dict(private=False)
        refused_assertion(world, world.client.assertion(header={"jwk": public, "kid": None}, key=key))

    def test_is_of_the_client_in_the_body(self, world: World) -> None:
        refused_assertion(world, world.client.assertion(), client_id=new_client().client_id)

    def test_of_a_client_switched_off_is_worth_nothing(self, world: World) -> None:
        Client.objects.filter(client_id=world.client.client_id).update(is_active=False)
        refused_assertion(world, world.client.assertion())

    def test_tells_nobody_which_clients_exist(self, world: World) -> None:
        switched_off, unknown = new_client(), new_client()
        Client.objects.filter(client_id=switched_off.client_id).update(is_active=False)
        unknown.client_id = "made-up"
        wrong_key = world.client.push(client_assertion=world.client.assertion(key=new_key()))
        answers = {wrong_key.text, switched_off.push().text, unknown.push().text}
        assert len(answers) == 1

    @pytest.mark.parametrize(("kind", "size"), [("RSA", 2048), ("EC", "P-256"), ("OKP", "Ed25519")])
    def test_may_use_each_of_three_algorithms(self, world: World, kind: str, size: Any) -> None:
        client = new_client(key=new_key(kind, size))
        assert client.push().status == 201


class TestAS31CodeBoundToClient:
    def test_another_client_cannot_redeem_it(self, world: World) -> None:
        other = new_client()
        other.verifier, other.redirect_uri = world.client.verifier, world.client.redirect_uri
        assert other.redeem(world.code()).json["error"] == "invalid_grant"

    @pytest.mark.parametrize("redirect_uri", [None, "https://evil.example/", ""])
    def test_the_redirect_uri_must_be_the_same(self, world: World, redirect_uri: str | None) -> None:
        refused = world.client.redeem(world.code(), redirect_uri=redirect_uri)
        assert (refused.status, refused.json["error"]) == (400, "invalid_grant")


class TestAS32TokenResponse:
    def test_names_type_and_life_and_is_not_stored(self, world: World) -> None:
        answered = world.client.redeem(world.code())
        assert answered.json["token_type"] == "DPoP"
        assert answered.json["expires_in"] == 300
        assert answered.headers["Cache-Control"] == "no-store"

    def test_promises_no_longer_life_than_the_consent(self, world: World) -> None:
        refresh_token = world.tokens()["refresh_token"]
        soon = world.consent.created_at.timestamp() + 100
        Consent.objects.filter(id=world.consent.id).update(expires_at=datetime.fromtimestamp(soon, UTC))
        assert 90 <= world.client.refresh(refresh_token).json["expires_in"] <= 100


class TestAS33Proof:
    @pytest.mark.parametrize(
        ("header", "claims"),
        [
            ({"typ": None}, {}),
            ({"typ": "JWT"}, {}),
            ({"jwk": None}, {}),
            ({"jwk": {"kty": "oct", "k": "c2VjcmV0"}}, {}),
            ({"jwk": "text"}, {}),
            ({}, {"htm": "GET"}),
            ({}, {"htm": None}),
            ({}, {"htu": None}),
            ({}, {"htu": "https://elsewhere.example/oauth/token"}),
            ({}, {"htu": "https://testserver/oauth/par"}),
            ({}, {"htu": "http://testserver/oauth/token"}),
            ({}, {"htu": 7}),
            ({}, {"iat": None}),
            ({}, {"iat": "now"}),
            ({}, {"iat": 1}),
            ({}, {"jti": None}),
            ({}, {"jti": 7}),
            ({}, {"jti": "x" * 1000}),
            ({}, {"exp": 1}),
            ({}, {"nbf": 1e12}),
        ],
    )
    def test_is_checked_in_every_part(
        self, world: World, header: dict[str, Any], claims: dict[str, Any]
    ) -> None:
        proof = world.client.proof("POST", world.client.url("/oauth/token"), header=header, **claims)
        refused = world.client.redeem(world.code(), dpop=proof)
        assert (refused.status, refused.json["error"]) == (400, "invalid_dpop_proof")

    def test_with_a_private_key_inside_is_refused(self, world: World) -> None:
        header = {"jwk": world.client.dpop_key.as_dict(private=True)}
        proof = world.client.proof("POST", world.client.url("/oauth/token"), header=header)
        assert world.client.redeem(world.code(), dpop=proof).json["error"] == "invalid_dpop_proof"

    def test_signed_by_another_key_than_it_shows_is_refused(self, world: World) -> None:
        header = {"jwk": new_key().as_dict(private=False)}
        proof = world.client.proof("POST", world.client.url("/oauth/token"), header=header)
        assert world.client.redeem(world.code(), dpop=proof).json["error"] == "invalid_dpop_proof"

    def test_works_once(self, world: World) -> None:
        tokens = world.tokens()
        proof = world.client.proof("POST", world.client.url("/oauth/token"))
        assert world.client.refresh(tokens["refresh_token"], dpop=proof).status == 200
        again = world.client.refresh(tokens["refresh_token"], dpop=proof)
        assert again.json["error"] == "invalid_dpop_proof"

    def test_may_not_come_twice(self, world: World) -> None:
        url = world.client.url("/oauth/token")
        two = f"{world.client.proof('POST', url)},{world.client.proof('POST', url)}"
        assert world.client.redeem(world.code(), dpop=two).json["error"] == "invalid_dpop_proof"

    def test_may_show_its_key_with_more_members_and_is_the_same_key(self, world: World) -> None:
        public = world.client.dpop_key.as_dict(private=False)
        header = {"jwk": {**public, "alg": "ES256", "use": "sig", "kid": "mine", "x-unknown": 1}}
        proof = world.client.proof("POST", world.client.url("/oauth/token"), header=header)
        code = world.code(dpop_jkt=world.client.thumbprint)
        assert world.client.redeem(code, dpop=proof).status == 200

    def test_may_carry_what_nobody_knows(self, world: World) -> None:
        proof = world.client.proof("POST", world.client.url("/oauth/token"), header={"x": 1}, y=2)
        assert world.client.redeem(world.code(), dpop=proof).status == 200


class TestAS34Refresh:
    def test_is_bound_to_its_client(self, world: World) -> None:
        assert new_client().refresh(world.tokens()["refresh_token"]).json["error"] == "invalid_grant"

    def test_is_bound_to_its_key(self, world: World) -> None:
        refresh_token = world.tokens()["refresh_token"]
        world.client.dpop_key = new_key()
        assert world.client.refresh(refresh_token).json["error"] == "invalid_grant"

    def test_needs_client_authentication(self, world: World) -> None:
        refused = world.client.refresh(world.tokens()["refresh_token"], client_assertion="none")
        assert refused.json["error"] == "invalid_client"

    def test_is_for_all_that_was_granted_in_detail(self, world: World) -> None:
        refresh_token = world.tokens()["refresh_token"]
        asked = '[{"type": "account_information", "actions": ["accounts:read"]}]'
        refused = world.client.refresh(refresh_token, authorization_details=asked)
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")

    def test_says_that_the_scope_was_wrong_not_the_token(self, world: World) -> None:
        refused = world.client.refresh(world.tokens()["refresh_token"], scope="payments:create").json
        assert refused["error"] == "invalid_scope"
        assert "scope" in refused["error_description"]

    def test_ends_with_the_consent(self, world: World) -> None:
        refresh_token = world.tokens()["refresh_token"]
        world.revoke()
        assert world.client.refresh(refresh_token).json["error"] == "invalid_grant"

    def test_ends_when_the_login_is_switched_off(self, world: World) -> None:
        refresh_token = world.tokens()["refresh_token"]
        world.user.is_active = False
        world.user.save()
        assert world.client.refresh(refresh_token).json["error"] == "invalid_grant"


class TestAS35Algorithms:
    @pytest.mark.parametrize("algorithm", ["none", "RS256", "HS256", "PS384", "ES384", "ES512", "ES256K"])
    def test_other_than_three_are_refused(self, world: World, algorithm: str) -> None:
        header = base64.urlsafe_b64encode(
            json.dumps({"alg": algorithm, "kid": world.client.key.kid}).encode()
        )
        real = world.client.assertion().split(".")
        refused_assertion(world, ".".join([header.rstrip(b"=").decode(), *real[1:]]))

    def test_are_announced_as_three_and_no_more(self, world: World) -> None:
        metadata = world.client.transport.send("GET", "/.well-known/openid-configuration", {}).json
        announced = {tuple(value) for name, value in metadata.items() if "alg_values_supported" in name}
        assert announced == {("PS256", "ES256", "EdDSA", "Ed25519"), ("PS256", "ES256")}

    def test_a_real_rs256_signature_is_refused(self, world: World) -> None:
        client = new_client(key=new_key("RSA", 2048))
        refused = client.push(client_assertion=client.assertion(header={"alg": "RS256"}))
        assert refused.status == 401

    def test_a_public_key_as_shared_secret_is_refused(self, world: World) -> None:
        client = new_client(key=new_key("RSA", 2048))
        now = int(time.time())
        claims = {
            "iss": client.client_id,
            "sub": client.client_id,
            "aud": client.issuer,
            "jti": "x",
            "exp": now + 60,
        }
        signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
        mac = hmac.digest(client.key.as_pem(private=False), signed.encode(), "sha256")
        assert client.push(client_assertion=f"{signed}.{base64url(mac)}").status == 401


class TestAS36RsaKeys:
    def test_under_2048_bits_sign_nothing(self, world: World) -> None:
        with pytest.warns(UserWarning, match="2048"):
            weak = new_key("RSA", 1024)
        Client.objects.filter(client_id=world.client.client_id).update(
            client_jwks={"keys": [weak.as_dict(private=False)]}
        )
        world.client.key = weak
        refused_assertion(world, world.client.assertion())

    def test_under_2048_bits_prove_nothing(self, world: World) -> None:
        with pytest.warns(UserWarning, match="2048"):
            world.client.dpop_key = new_key("RSA", 1024)
        assert world.client.redeem(world.code()).json["error"] == "invalid_dpop_proof"

    def test_of_2048_bits_are_enough(self, world: World) -> None:
        client = new_client(key=new_key("RSA", 2048))
        assert client.push().status == 201

    def test_of_the_bank_have_3072(self, world: World) -> None:
        keys = world.client.transport.send("GET", "/.well-known/jwks.json", {}).json["keys"]
        sizes = [len(key["n"]) * 6 // 8 * 8 for key in keys if key["kty"] == "RSA"]
        assert sizes
        assert min(sizes) >= 3072


class TestAS37Entropy:
    def test_of_codes_and_tokens_is_beyond_guessing(self, world: World) -> None:
        code = world.code()
        tokens = world.client.redeem(code).json
        # 43 characters of base64url are 256 bits; 30 of 62 letters are 178.
        assert len(code) >= 30
        assert len(tokens["access_token"].partition("_")[2]) >= 43
        assert len(tokens["refresh_token"].partition("_")[2]) >= 43


class TestAS38Jwks:
    def test_has_unique_kids_and_no_private_members(self, world: World) -> None:
        keys = world.client.transport.send("GET", "/.well-known/jwks.json", {}).json["keys"]
        kids = [key["kid"] for key in keys]
        assert len(kids) == len(set(kids)) == 2
        assert {key["alg"] for key in keys} == {"PS256", "ES256"}
        for key in keys:
            assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


class TestAS39JwtBestPractice:
    def test_an_id_token_is_no_assertion(self, world: World) -> None:
        refused_assertion(world, world.tokens()["id_token"])

    @pytest.mark.parametrize(
        "type_", ["dpop+jwt", "oauth-authz-req+jwt", "logout+jwt", "", ["JWT"], {"a": 1}]
    )
    def test_nothing_of_another_type_is_an_assertion(self, world: World, type_: object) -> None:
        refused_assertion(world, world.client.assertion(header={"typ": type_}))

    @pytest.mark.parametrize("type_", [None, "JWT", "jwt", "client-authentication+jwt", "application/JWT"])
    def test_an_assertion_may_say_its_type(self, world: World, type_: object) -> None:
        answered = world.client.push(client_assertion=world.client.assertion(header={"typ": type_}))
        assert answered.status == 201, answered.text

    def test_a_proof_is_no_assertion(self, world: World) -> None:
        refused_assertion(world, world.client.proof("POST", world.client.url("/oauth/par")))

    def test_an_assertion_is_no_proof(self, world: World) -> None:
        refused = world.client.redeem(world.code(), dpop=world.client.assertion())
        assert refused.json["error"] == "invalid_dpop_proof"

    def test_a_critical_header_is_refused_though_all_else_is_sound(self, world: World) -> None:
        refused_assertion(world, world.client.assertion(header={"crit": ["b64"], "b64": True}))

    @pytest.mark.parametrize("member", [{"crit": ["b64"], "b64": False}, {"crit": ["x"], "x": 1}])
    def test_critical_headers_are_not_overlooked(self, world: World, member: dict[str, Any]) -> None:
        header = {"alg": "ES256", "kid": world.client.key.kid, **member}
        text = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        refused_assertion(world, ".".join([text, *world.client.assertion().split(".")[1:]]))


class TestWhatIsKept:
    def test_is_the_hash_of_a_token(self, world: World) -> None:
        token = world.tokens()["access_token"]
        row = AccessToken.objects.get(user=world.user)
        assert row.token == ""
        assert row.token_checksum == hashlib.sha256(token.encode()).hexdigest()
