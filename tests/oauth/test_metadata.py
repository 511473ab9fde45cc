"""Everything supported is announced, and nothing else: each line of the metadata is tried."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from bank.access.permissions import OWN_SCOPES
from oauth.endpoints.client_authentication import methods
from oauth.models.clients import NO_AUTHENTICATION, PRIVATE_KEY_JWT
from oauth.operations.client_credentials import METHODS
from oauth.protocol import jose
from oauth.urls import urlpatterns
from tests.oauth.conftest import World, new_client
from tests.support.fapi_client import FORM, new_key

METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
GRANT_TYPES = (
    "authorization_code", "refresh_token", "password", "client_credentials", "implicit",
    "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange", "urn:openid:params:grant-type:ciba",
)  # fmt: skip
RESPONSE_TYPES = (
    "code",
    "token",
    "id_token",
    "none",
    *map(" ".join, itertools.permutations(("code", "token"), 2)),
)
RESPONSE_MODES = ("query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt")
PROMPTS = ("none", "login", "consent", "select_account", "create")
KEYS = {
    "PS256": ("RSA", 2048),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
OTHER_KEYS = {"ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"), "Ed448": ("OKP", "Ed448")}


@pytest.fixture
def told(world: World) -> dict[str, Any]:
    return dict(world.client.transport.send("GET", METADATA[0], {}).json)


def supported(world: World, name: str, values: Any, wrong: set[str]) -> set[str]:
    """Return the values of a pushed parameter the server takes; any other must be refused in words."""
    taken = set()
    for value in values:
        answered = world.client.push(**{name: value})
        assert answered.status == 201 or answered.json["error"] in wrong, (value, answered.text)
        taken |= {value} if answered.status == 201 else set()
    return taken


class TestEndpoints:
    def test_are_all_announced_and_all_there(self, told: dict[str, Any]) -> None:
        announced = {
            url.removeprefix(told["issuer"]) for name, url in told.items() if name.endswith("_endpoint")
        }
        served = {
            f"/{pattern.pattern}" for pattern in urlpatterns if str(pattern.pattern).startswith("oauth/")
        }
        assert announced == {path.partition("/<")[0] for path in served}

    @override_settings(MTLS_ORIGIN="https://mtls.bank.example")
    def test_have_aliases_but_for_what_people_and_strangers_use(self, world: World) -> None:
        told = world.client.transport.send("GET", METADATA[0], {}).json
        every = {name for name in told if name.endswith("_endpoint")}
        assert every - set(told["mtls_endpoint_aliases"]) == {
            "authorization_endpoint",
            "registration_endpoint",
        }


class TestWhatIsAnnounced:
    def test_are_the_grant_types_that_work(self, world: World, told: dict[str, Any]) -> None:
        refused = {
            kind
            for kind in GRANT_TYPES
            if world.client.post("/oauth/token", {"grant_type": kind}, dpop=True).json["error"]
            == "unsupported_grant_type"
        }
        assert set(told["grant_types_supported"]) == set(GRANT_TYPES) - refused

    def test_are_the_response_types_that_work(self, world: World, told: dict[str, Any]) -> None:
        taken = supported(world, "response_type", RESPONSE_TYPES, {"unsupported_response_type"})
        assert taken == set(told["response_types_supported"])

    def test_are_the_response_modes_that_work(self, world: World, told: dict[str, Any]) -> None:
        taken = supported(world, "response_mode", RESPONSE_MODES, {"invalid_request"})
        assert taken == set(told["response_modes_supported"])

    def test_are_the_prompts_that_work(self, world: World, told: dict[str, Any]) -> None:
        taken = supported(world, "prompt", PROMPTS, {"invalid_request"})
        assert taken == set(told["prompt_values_supported"])

    def test_are_the_challenge_methods_that_work(self, world: World, told: dict[str, Any]) -> None:
        taken = supported(world, "code_challenge_method", ("S256", "plain", "S512"), {"invalid_request"})
        assert taken == set(told["code_challenge_methods_supported"])

    def test_are_the_scopes_an_app_may_have(self, world: World, told: dict[str, Any]) -> None:
        client = new_client(scope=" ".join(told["scopes_supported"]))
        world.client = client
        special = {name for name in told["scopes_supported"] if name.startswith("grant_management")}
        ordinary = [name for name in told["scopes_supported"] if name not in special | OWN_SCOPES]
        taken = supported(
            world, "scope", [*ordinary, "profile", "email", "admin", "offline_access"], {"invalid_scope"}
        )
        assert taken == set(ordinary)

    @pytest.mark.parametrize("name", ["token", "introspection", "revocation"])
    def test_are_the_ways_to_authenticate_of_each_endpoint(self, told: dict[str, Any], name: str) -> None:
        said = set(told[f"{name}_endpoint_auth_methods_supported"])
        assert said - {NO_AUTHENTICATION} == set(methods()) == {PRIVATE_KEY_JWT}
        assert not {"client_secret_basic", "client_secret_post", "client_secret_jwt"} & said

    def test_are_all_ways_to_authenticate_there_are(self, world: World) -> None:
        on = {
            "MTLS_ORIGIN": "https://mtls.bank.example",
            "CLIENT_CERTIFICATE_AUTHORITIES": "/authorities.pem",
        }
        with override_settings(SANDBOX=False, **on):
            told = world.client.transport.send("GET", METADATA[0], {}).json
        assert told["token_endpoint_auth_methods_supported"] == list(METHODS)

    def test_are_the_algorithms_that_work(self, world: World, told: dict[str, Any]) -> None:
        announced = set(told["token_endpoint_auth_signing_alg_values_supported"])
        assert (
            announced == set(told["dpop_signing_alg_values_supported"]) == set(KEYS) == set(jose.ALGORITHMS)
        )
        for algorithm, (kind, size) in KEYS.items():
            client = new_client(key=new_key(kind, size))
            assertion = client.assertion(header={"alg": algorithm})
            assert client.push(client_assertion=assertion).status == 201, algorithm

    @pytest.mark.parametrize("algorithm", OTHER_KEYS)
    def test_are_no_algorithms_that_do_not(self, world: World, algorithm: str) -> None:
        world.client.dpop_key = new_key(*OTHER_KEYS[algorithm])
        proof = world.client.proof(
            "POST", world.client.url("/oauth/token"), header={"alg": algorithm.replace("Ed448", "EdDSA")}
        )
        assert world.client.refresh("x", dpop=proof).json["error"] == "invalid_dpop_proof"

    def test_says_that_a_request_must_be_pushed_and_it_must(self, world: World) -> None:
        with override_settings(SANDBOX=False):
            told = world.client.transport.send("GET", METADATA[0], {}).json
            assert told["require_pushed_authorization_requests"] is True
            url = f"/oauth/authorize?client_id={world.client.client_id}&response_type=code"
            assert world.person.open(url).status == 400

    def test_says_what_an_id_token_says(self, world: World, told: dict[str, Any]) -> None:
        import base64
        import json

        payload = world.tokens()["id_token"].split(".")[1]
        claims = set(json.loads(base64.urlsafe_b64decode(payload + "==")))
        assert claims <= set(told["claims_supported"])

    def test_is_the_same_under_both_paths(self, world: World, told: dict[str, Any]) -> None:
        assert world.client.transport.send("GET", METADATA[1], {}).json == told


def plain_requests(client: Any) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """What an ordinary OAuth 2.0 client would send, with its secret."""
    code = {"grant_type": "authorization_code", "code": "x", "redirect_uri": client.redirect_uri}
    secret = {"client_id": client.client_id, "client_secret": "secret"}
    yield "/oauth/token", {**code, **secret}, {}
    yield "/oauth/token", code, {"Authorization": "Basic eDp5"}
    yield "/oauth/token", {**code, "client_id": client.client_id}, {}
    yield "/oauth/token", {"grant_type": "client_credentials", **secret}, {}
    yield "/oauth/token", {"grant_type": "password", "username": "a", "password": "b", **secret}, {}
    yield "/oauth/introspect", {"token": "x", **secret}, {}
    yield "/oauth/revoke", {"token": "x", **secret}, {}


class TestAPlainOAuthClient:
    """No pushed request, a secret, a bearer token: refused with words its developer can act on."""

    def test_with_a_secret_is_told_how_to_authenticate(self, world: World) -> None:
        from urllib.parse import urlencode

        for path, form, headers in plain_requests(world.client):
            sent = {"Content-Type": FORM, **headers}
            answered = world.client.transport.send("POST", path, sent, urlencode(form).encode())
            assert (answered.status, answered.json["error"]) == (401, "invalid_client"), form
            assert "private_key_jwt" in answered.json["error_description"]
            assert "private_key_jwt" in answered.headers["WWW-Authenticate"]

    def test_that_goes_straight_to_the_authorization_endpoint_sees_a_page_about_it(
        self, world: World
    ) -> None:
        url = f"/oauth/authorize?response_type=code&client_id={world.client.client_id}&scope=accounts:read"
        page = world.sign_in().person.open(url)
        assert page.status == 400
        assert "Location" not in page.headers
        assert "did not send its request to the bank first" in page.text

    def test_with_a_bearer_token_is_told_to_prove_possession(self, world: World) -> None:
        token = world.tokens(scope="consents:read")["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answered = world.client.transport.send("GET", world.client.url("/v1/me/consents"), headers)
        assert answered.status == 401
        assert answered.headers["WWW-Authenticate"].startswith("DPoP ")
        assert "the scheme must be DPoP" in answered.headers["WWW-Authenticate"]
