"""Whatever is sent to the endpoints: an error of the RFC, never a 500 and never a success."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.oauth.conftest import World
from tests.support.fapi_client import ASSERTION_TYPE, FORM, Reply, sign

ENDPOINTS = ["/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/introspect"]
TYPE = {"Content-Type": FORM}
HOSTILE_TEXT = [
    "\x00",
    "a\x00b",
    "ü" * 50,
    "\u202e",
    "'; DROP TABLE oauth_client; --",
    "A" * 20_000,
    "[]",
    "{}",
    "\ud800",
]
BODIES = [
    (b"", "application/json"),
    (b'{"grant_type": "refresh_token"}', "application/json"),
    (b"grant_type=refresh_token", "text/plain"),
    (b"grant_type=refresh_token", "multipart/form-data; boundary=x"),
    (b"grant_type=refresh_token", FORM + "; charset=utf-7"),
    (b"grant_type=refresh_token", FORM + "; charset=bz2_codec"),
    (b"\xff\xfe\xfd", FORM),
    (b"%ff=%fe", FORM),
    (b"%zz=%", FORM),
    (b"=&=&&&", FORM),
    (b"&".join(b"a%d=b" % n for n in range(5000)), FORM),
    (b"x=" + b"A" * 60_000, FORM),
    (b"grant_type=refresh_token&grant_type=authorization_code", FORM),
    (b"client_assertion=x&client_assertion=y", FORM),
    (b"client_id[]=x&client_id[0]=y", FORM),
    (b"", FORM),
]


def is_an_oauth_error(reply: Reply) -> None:
    assert 400 <= reply.status < 500, (reply.status, reply.text)
    assert set(reply.json) == {"error", "error_description"}
    assert reply.headers["Cache-Control"] == "no-store"


class TestBodies:
    @pytest.mark.parametrize("path", ENDPOINTS)
    @pytest.mark.parametrize(("body", "content_type"), BODIES)
    def test_that_are_no_form_are_refused(
        self, world: World, path: str, body: bytes, content_type: str
    ) -> None:
        is_an_oauth_error(world.client.transport.send("POST", path, {"Content-Type": content_type}, body))

    @pytest.mark.parametrize("path", ENDPOINTS)
    def test_with_parameters_in_the_url_too_are_refused(self, world: World, path: str) -> None:
        form = urlencode({"client_assertion": world.client.assertion(), "token": "x"}).encode()
        is_an_oauth_error(world.client.transport.send("POST", f"{path}?client_id=x", TYPE, form))

    @pytest.mark.parametrize("path", ENDPOINTS)
    @pytest.mark.parametrize("name", ["client_assertion", "state", "scope", "token", "unknown"])
    def test_sound_but_for_a_parameter_twice_are_refused(self, world: World, path: str, name: str) -> None:
        sound = {
            **world.client.request(),
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": world.client.assertion(),
            "token": "x",
            "unknown": "y",
        }
        form = urlencode([*sound.items(), (name, sound[name])]).encode()
        refused = world.client.transport.send("POST", path, TYPE, form)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")


class TestParameters:
    @pytest.mark.parametrize(
        "name", ["scope", "redirect_uri", "response_type", "code_challenge", "prompt", "max_age"]
    )
    @pytest.mark.parametrize("value", HOSTILE_TEXT)
    def test_of_a_pushed_request_are_refused_in_words(self, world: World, name: str, value: str) -> None:
        is_an_oauth_error(sent(world, "/oauth/par", {**world.client.request(), name: value}))

    @pytest.mark.parametrize("name", ["state", "nonce", "login_hint", "ui_locales", "unknown"])
    @pytest.mark.parametrize("value", HOSTILE_TEXT)
    def test_that_are_free_text_break_nothing(self, world: World, name: str, value: str) -> None:
        assert sent(world, "/oauth/par", {**world.client.request(), name: value}).status in {201, 400}

    @pytest.mark.parametrize("name", ["code", "code_verifier", "redirect_uri"])
    @pytest.mark.parametrize("value", HOSTILE_TEXT)
    def test_of_a_token_request_are_refused_in_words(self, world: World, name: str, value: str) -> None:
        form = {
            "grant_type": "authorization_code",
            "code": "x",
            "redirect_uri": "y",
            "code_verifier": "z" * 43,
        }
        is_an_oauth_error(sent(world, "/oauth/token", {**form, name: value}))

    @pytest.mark.parametrize("value", HOSTILE_TEXT)
    def test_of_a_refresh_are_refused_in_words(self, world: World, value: str) -> None:
        is_an_oauth_error(
            sent(world, "/oauth/token", {"grant_type": "refresh_token", "refresh_token": value})
        )

    @pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
    @pytest.mark.parametrize("value", [*HOSTILE_TEXT, "unknown"])
    def test_of_a_made_up_token_break_nothing(self, world: World, path: str, value: str) -> None:
        assert sent(world, path, {"token": value}).status in {200, 400}

    @pytest.mark.parametrize("value", HOSTILE_TEXT)
    def test_of_the_authorization_endpoint_show_a_page(self, world: World, value: str) -> None:
        world.sign_in()
        for query in ({"client_id": value}, {"client_id": world.client.client_id, "request_uri": value}):
            page = world.person.open("/oauth/authorize?" + urlencode(query, errors="surrogatepass"))
            assert page.status == 400
            assert "text/html" in page.headers["Content-Type"]

    @pytest.mark.parametrize(
        "query", ["%ff", "client_id=x&client_id=y", "&&&", "client_id=%00", "client_id[]=x", "=" * 500]
    )
    def test_that_cannot_be_read_show_a_page(self, world: World, query: str) -> None:
        assert world.sign_in().person.open(f"/oauth/authorize?{query}").status == 400


class TestTokensOfAnyShape:
    @pytest.mark.parametrize(
        "assertion",
        ["", ".", "..", "a.b.c", "e30.e30.e30", "[" * 5000, "A" * 30_000, "eyJhbGciOiJub25lIn0.e30."],
    )
    def test_an_assertion_is_refused(self, world: World, assertion: str) -> None:
        refused = world.client.push(client_assertion=assertion or "x")
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize(
        "claims", [b"[]", b"7", b'"x"', b"{", b"", b'{"iss":"a","iss":"b"}', b"[" * 5000, b"\xff"]
    )
    def test_an_assertion_whose_claims_are_none_is_refused(self, world: World, claims: bytes) -> None:
        assertion = sign({"alg": "ES256", "kid": world.client.key.kid}, claims, world.client.key)
        assert world.client.push(client_assertion=assertion).status == 401

    @pytest.mark.parametrize("proof", ["x", "..", "a.b.c", "[" * 5000, "é.é.é", "e30.e30.e30"])
    def test_a_proof_is_refused(self, world: World, proof: str) -> None:
        refused = world.client.refresh("x", dpop=proof)
        assert (refused.status, refused.json["error"]) == (400, "invalid_dpop_proof")

    @pytest.mark.parametrize("token", ["x", "é", "\x7f", "A" * 5000, "a.b.c", "'"])
    def test_an_access_token_is_refused(self, world: World, token: str) -> None:
        refused = world.client.transport.send("GET", "/v1/me/consents", {"Authorization": f"DPoP {token}"})
        assert refused.status == 401
        assert json.loads(refused.text)["code"]


class TestMethods:
    @pytest.mark.parametrize("path", ENDPOINTS)
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
    def test_other_than_post_are_refused(self, world: World, path: str, method: str) -> None:
        refused = world.client.transport.send(method, path, {})
        assert refused.status == 405
        assert refused.headers["Allow"] == "POST"

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
    def test_of_the_authorization_endpoint_are_two(self, world: World, method: str) -> None:
        assert world.sign_in().person.transport.send(method, "/oauth/authorize", {}).status in {403, 405}


def sent(world: World, path: str, form: dict[str, Any]) -> Reply:
    """Post a form with a sound assertion and proof around what is hostile, lone surrogates and all."""
    given = {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": world.client.assertion(),
        **form,
    }
    headers = {**TYPE, "DPoP": world.client.proof("POST", world.client.url(path))}
    return world.client.transport.send(
        "POST", path, headers, urlencode(given, errors="surrogatepass").encode()
    )
