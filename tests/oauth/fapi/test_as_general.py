"""Authorization server, general provisions: requirements 3 to 15."""

import time
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from tests.oauth.conftest import World, new_client
from tests.support.fapi_client import FapiClient, new_key

METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


def metadata(client: FapiClient, path: str = METADATA[0]) -> dict[str, Any]:
    return dict(client.transport.send("GET", path, {}).json)


class TestAS03CrossOrigin:
    def test_the_authorization_endpoint_is_closed_to_scripts_elsewhere(self, world: World) -> None:
        headers = {"Origin": "https://elsewhere.example"}
        page = world.sign_in().person.transport.send("GET", world.push(), headers)
        assert page.status == 200
        assert not [name for name in page.headers if name.startswith("Access-Control-")]


class TestAS04Metadata:
    def test_is_the_same_under_both_paths(self, world: World) -> None:
        first, second = (metadata(world.client, path) for path in METADATA)
        assert first == second
        assert first["issuer"] == world.client.issuer

    def test_names_endpoints_that_answer(self, world: World) -> None:
        for name, url in metadata(world.client).items():
            if name.endswith(("_endpoint", "_uri")):
                # Grants have their addresses under this one; it has no answer of its own.
                more = "/con_x" if name == "grant_management_endpoint" else ""
                assert world.client.transport.send("GET", f"{url}{more}", {}).status != 404, name

    def test_does_not_promise_what_is_not_there(self, world: World) -> None:
        told = metadata(world.client)
        assert told["response_types_supported"] == ["code"]
        grants = ["authorization_code", "refresh_token", "client_credentials"]
        assert told["grant_types_supported"] == grants
        assert told["code_challenge_methods_supported"] == ["S256"]
        assert told["request_parameter_supported"] is True

    @override_settings(SANDBOX=False)
    def test_of_production_is_pure_fapi(self, world: World) -> None:
        told = metadata(world.client)
        assert told["require_pushed_authorization_requests"] is True
        assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]

    def test_of_the_api_names_this_server(self, world: World) -> None:
        told = metadata(world.client, "/.well-known/oauth-protected-resource")
        assert told["resource"] == world.client.issuer
        assert told["authorization_servers"] == [world.client.issuer]
        assert told["bearer_methods_supported"] == ["header"]


class TestAS05PasswordGrant:
    def test_is_not_served(self, world: World) -> None:
        form = {"grant_type": "password", "username": "x", "password": "y"}
        assert world.client.post("/oauth/token", form, dpop=True).json["error"] == "unsupported_grant_type"


class TestAS06ConfidentialClients:
    @override_settings(SANDBOX=False)
    def test_are_the_only_ones_in_production(self, explorer: FapiClient) -> None:
        form = {"grant_type": "authorization_code", "code": "x", "client_id": explorer.client_id}
        refused = explorer.post("/oauth/token", {**form, "client_assertion": "none"})
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")


class TestAS07SenderConstrainedTokens:
    def test_a_code_gives_no_token_without_a_proof(self, world: World) -> None:
        refused = world.client.redeem(world.code(), dpop=False)
        assert (refused.status, refused.json["error"]) == (400, "invalid_dpop_proof")

    def test_a_refresh_gives_no_token_without_a_proof(self, world: World) -> None:
        refused = world.client.refresh(world.tokens()["refresh_token"], dpop=False)
        assert (refused.status, refused.json["error"]) == (400, "invalid_dpop_proof")


class TestAS08ClientAuthentication:
    @pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/introspect"])
    @pytest.mark.parametrize(
        "form",
        [
            {"client_assertion": None, "client_assertion_type": None, "client_secret": "secret"},
            {"client_assertion": None, "client_assertion_type": None},
            {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
            {"client_assertion": None, "client_secret": "secret"},
        ],
    )
    def test_is_by_assertion_only(self, world: World, path: str, form: dict[str, Any]) -> None:
        wanted = {**world.client.request(), "grant_type": "refresh_token", "token": "x", **form}
        refused = world.client.post(path, {"client_assertion": world.client.assertion(), **wanted})
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/introspect"])
    @pytest.mark.parametrize(
        ("form", "headers"), [({"client_secret": "x"}, {}), ({}, {"Authorization": "Basic eDp5"})]
    )
    def test_is_in_one_way_at_a_time(
        self, world: World, path: str, form: dict[str, Any], headers: dict[str, str]
    ) -> None:
        wanted = {**world.client.request(), "grant_type": "refresh_token", "token": "x", **form}
        refused = world.client.post(path, wanted, headers=headers)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")

    def test_is_not_by_basic_authentication(self, world: World) -> None:
        form = {"client_assertion": None, "client_assertion_type": None, **world.client.request()}
        refused = world.client.post("/oauth/par", form, headers={"Authorization": "Basic eDp5"})
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")


class TestAS09Redirects:
    @pytest.mark.parametrize(
        "query",
        [
            "redirect_uri=https://evil.example/",
            "client_id=nobody&redirect_uri=https://evil.example/",
            "client_id={client}&redirect_uri=https://evil.example/&response_type=code",
            "client_id={client}&request_uri=https://evil.example/request",
            "client_id={client}&request_uri=urn:ietf:params:oauth:request_uri:made-up&redirect_uri=https://evil.example/",
        ],
    )
    def test_go_nowhere_unregistered(self, world: World, query: str) -> None:
        url = f"/oauth/authorize?{query.format(client=world.client.client_id)}"
        page = world.sign_in().person.open(url)
        assert page.status == 400
        assert "Location" not in page.headers
        assert "evil.example" not in page.text


class TestAS10Audience:
    @pytest.mark.parametrize(
        "audience",
        [
            ["https://testserver"],
            "https://testserver/",
            "https://testserver/oauth/token",
            "https://testserver/oauth/par",
            ["https://testserver", "https://elsewhere.example"],
            None,
            "",
        ],
    )
    def test_of_an_assertion_is_the_issuer_as_a_string(self, world: World, audience: Any) -> None:
        refused = world.client.push(client_assertion=world.client.assertion(aud=audience))
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")


class TestAS11RefreshTokens:
    def test_are_not_rotated(self, world: World) -> None:
        refresh_token = world.tokens()["refresh_token"]
        for _ in range(3):
            answered = world.client.refresh(refresh_token)
            assert answered.status == 200
            assert answered.json["refresh_token"] == refresh_token


class TestAS12Codes:
    def test_live_a_minute_at_most(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            code = world.code()
            clock.shift(61)
            refused = world.client.redeem(code)
        assert (refused.status, refused.json["error"]) == (400, "invalid_grant")

    def test_live_nearly_a_minute(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            code = world.code()
            clock.shift(55)
            assert world.client.redeem(code).status == 200


class TestAS13CodeBoundToKey:
    def test_by_the_proof_at_par_another_key_is_refused(self, world: World) -> None:
        code = world.code(dpop=True)
        world.client.dpop_key = new_key()
        assert world.client.redeem(code).json["error"] == "invalid_grant"

    def test_by_the_proof_at_par_the_same_key_is_taken(self, world: World) -> None:
        assert world.client.redeem(world.code(dpop=True)).status == 200

    def test_by_dpop_jkt_another_key_is_refused(self, world: World) -> None:
        code = world.code(dpop_jkt=world.client.thumbprint)
        world.client.dpop_key = new_key()
        assert world.client.redeem(code).json["error"] == "invalid_grant"

    def test_by_dpop_jkt_the_same_key_is_taken(self, world: World) -> None:
        assert world.client.redeem(world.code(dpop_jkt=world.client.thumbprint)).status == 200

    def test_by_two_different_keys_is_refused_at_par(self, world: World) -> None:
        refused = world.client.push(dpop=True, dpop_jkt=FapiClient.thumbprint.fget(new_client()))  # type: ignore[attr-defined]
        assert (refused.status, refused.json["error"]) == (400, "invalid_dpop_proof")

    def test_by_a_thumbprint_that_is_none_is_refused(self, world: World) -> None:
        assert world.client.push(dpop_jkt="short").json["error"] == "invalid_request"


class TestAS14Clocks:
    @pytest.mark.parametrize("claim", ["iat", "nbf"])
    def test_ten_seconds_ahead_are_fine(self, world: World, claim: str) -> None:
        assertion = world.client.assertion(**{claim: int(time.time()) + 10})
        assert world.client.push(client_assertion=assertion).status == 201

    @pytest.mark.parametrize("claim", ["iat", "nbf"])
    def test_over_sixty_seconds_ahead_are_not(self, world: World, claim: str) -> None:
        assertion = world.client.assertion(exp=int(time.time()) + 300, **{claim: int(time.time()) + 65})
        assert world.client.push(client_assertion=assertion).status == 401

    @pytest.mark.parametrize(("seconds", "status"), [(10, 200), (65, 400), (-30, 200), (-120, 400)])
    def test_of_proofs_differ_as_little(self, world: World, seconds: int, status: int) -> None:
        proof = world.client.proof("POST", world.client.url("/oauth/token"), iat=int(time.time()) + seconds)
        assert world.client.redeem(world.code(), dpop=proof).status == status


class TestAS15ResponseTypes:
    @pytest.mark.parametrize("response_type", ["token", "id_token", "code id_token", "code token", "none"])
    def test_other_than_code_are_refused(self, world: World, response_type: str) -> None:
        refused = world.client.push(response_type=response_type)
        assert (refused.status, refused.json["error"]) == (400, "unsupported_response_type")

    def test_a_missing_one_is_a_missing_parameter(self, world: World) -> None:
        """RFC 6749, 4.1.2.1: invalid_request is for what is missing."""
        refused = world.client.push(response_type=None)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize("mode", ["fragment", "form_post", "fragment.jwt", "form_post.jwt"])
    def test_other_modes_than_query_are_refused(self, world: World, mode: str) -> None:
        assert world.client.push(response_mode=mode).json["error"] == "invalid_request"
