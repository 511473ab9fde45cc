"""What a developer reads in a refusal: which parameter, claim or header was wrong, and what it must be."""

import json
import re
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings

from oauth.protocol.failures import as_sent
from oauth.protocol.form import LARGEST_BODY
from tests.oauth.conftest import World
from tests.support.fapi_client import ASSERTION_TYPE, FORM, Reply

USERINFO = "/oauth/userinfo"
# RFC 6749, 5.2: what may stand in error_description
SPEAKABLE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")


def words(reply: Reply, error: str, status: int = 400) -> str:
    assert (reply.status, reply.json["error"]) == (status, error), reply.text
    assert SPEAKABLE.fullmatch(reply.json["error_description"])
    return str(reply.json["error_description"])


class TestForms:
    def post(self, world: World, body: str) -> Reply:
        url = world.client.url("/oauth/par")
        return world.client.transport.send("POST", url, {"Content-Type": FORM}, body.encode())

    def test_name_what_is_there_twice(self, world: World) -> None:
        said = words(self.post(world, "scope=a&scope=b&state=x&state=y&nonce=z"), "invalid_request")
        assert "scope, state" in said

    def test_do_not_repeat_what_no_description_may_hold(self, world: World) -> None:
        twice = urlencode([('"\\\n', "a"), ('"\\\n', "b")])
        assert "(unreadable)" in words(self.post(world, twice), "invalid_request")

    def test_that_are_too_large_are_answered_by_413(self, world: World) -> None:
        """RFC 9126, 2.3."""
        said = words(self.post(world, "state=" + "s" * LARGEST_BODY), "invalid_request", 413)
        assert str(LARGEST_BODY) in said


class TestAuthorizationRequests:
    def test_name_the_scopes_that_are_too_much(self, world: World) -> None:
        said = words(world.client.push(scope="openid audit:read made:up"), "invalid_scope")
        assert "audit:read, made:up" in said
        assert "openid" not in said

    def test_say_where_an_apps_own_scopes_are_had(self, world: World) -> None:
        assert "client_credentials" in words(world.client.push(scope="webhooks:manage"), "invalid_scope")


STRICT = [
    ('[{"type": "boxes", "type": "boxes"}]', "type"),
    ('[{"type": "boxes"}', "character 18"),
    ('[{"type": "box\\u202ees"}]', "/0/type"),
]


class TestJson:
    @pytest.mark.parametrize(("details", "named"), STRICT)
    def test_in_a_form_names_the_place(self, world: World, details: str, named: str) -> None:
        refused = world.client.push(scope="openid", authorization_details=details)
        assert named in words(refused, "invalid_authorization_details")

    @pytest.mark.parametrize(
        ("body", "content_type", "named"),
        [*((body, "application/json", named) for body, named in STRICT), ("[]", "application/json", "object"),
         ("{}", FORM, "application/json"), ('{"a": "' + "b" * 40_000 + '"}', "application/json", "32768")],
    )  # fmt: skip
    def test_of_a_registration_names_the_place(
        self, world: World, body: str, content_type: str, named: str
    ) -> None:
        url, headers = world.client.url("/oauth/register"), {"Content-Type": content_type}
        refused = world.client.transport.send("POST", url, headers, body.encode())
        assert named in words(refused, "invalid_client_metadata")


class TestClientAssertions:
    @pytest.mark.parametrize(
        ("claims", "named"),
        [({"aud": "https://other.example"}, f"aud must be the issuer, {settings.PUBLIC_ORIGIN}"),
         ({"exp": None}, "exp"), ({"exp": int(time.time()) + 10**6}, "600 seconds"), ({"jti": None}, "jti"),
         ({"nbf": "soon"}, "nbf"), ({"header": {"typ": "dpop+jwt"}}, "typ"),
         ({"header": {"alg": "ES256", "crit": ["x"]}}, "Critical")],
    )  # fmt: skip
    def test_name_the_claim(self, world: World, claims: dict[str, Any], named: str) -> None:
        refused = world.client.push(client_assertion=world.client.assertion(**claims))
        assert named in words(refused, "invalid_client", 401)

    def test_name_the_type_that_is_missing(self, world: World) -> None:
        refused = world.client.push(client_assertion_type="jwt-bearer")
        assert words(refused, "invalid_client", 401) == f"client_assertion_type must be {ASSERTION_TYPE}."


class TestProofs:
    def test_name_the_claim_and_what_it_must_be(self, world: World) -> None:
        client, url = world.client, world.client.url("/oauth/token")
        for proof, named in {
            client.proof("GET", url): "htm must be POST",
            client.proof("POST", f"{url}/"): f"htu must be {url}.",
            client.proof("POST", url, iat=None): "iat must be now: 60 seconds old at most, 30 ahead",
            client.proof("POST", url, jti=None): "jti",
            client.proof("POST", url, header={"typ": "JWT"}): "typ",
            client.proof("POST", url, header={"jwk": None}): "JWK",
        }.items():
            assert named in words(client.redeem("x", dpop=proof), "invalid_dpop_proof")

    def test_say_that_there_are_two(self, world: World) -> None:
        proof = world.client.proof("POST", world.client.url("/oauth/token"))
        said = words(world.client.redeem("x", dpop=f"{proof},{proof}"), "invalid_dpop_proof")
        assert said == "There is more than one DPoP header."


class TestCodes:
    def test_name_the_verifier(self, world: World) -> None:
        refused = world.client.redeem(world.code(), code_verifier=None)
        assert "code_verifier" in words(refused, "invalid_grant")


class TestUserinfo:
    def test_names_no_error_to_who_brings_no_token(self, world: World) -> None:
        """RFC 6750, 3.1: who did not try to authenticate did nothing wrong."""
        reply = world.client.transport.send("GET", world.client.url(USERINFO), {})
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"].startswith("DPoP algs=")
        assert "error" not in reply.headers["WWW-Authenticate"]

    def test_names_the_scope_it_needs(self, world: World) -> None:
        token = world.tokens(scope="accounts:read")["access_token"]
        refused = world.client.call("GET", USERINFO, token)
        assert words(refused, "insufficient_scope", 403) == "This needs the scope openid."


class TestAsSent:
    def test_names_five_at_most(self) -> None:
        assert as_sent("abcdefgh") == "a, b, c, d, e"

    @pytest.mark.parametrize("text", ["", 'a"b', "a\\b", "a\nb", "\u00e9", "a" * 65, "a b"])
    def test_repeats_nothing_that_could_be_more_than_a_name(self, text: str) -> None:
        assert as_sent([text]) == "(unreadable)"
        assert json.dumps(as_sent([text])).isascii()
