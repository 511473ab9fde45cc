"""The explorer of the sandbox: the one public client, with PKCE and a bearer token of five minutes."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import override_settings

from tests.oauth.conftest import Boxes, World, new_user
from tests.support.fapi_client import FORM, DjangoTransport, FapiClient, Person, Reply


@pytest.fixture
def world(explorer: FapiClient, boxes: Boxes) -> World:
    return World(new_user(), explorer, Person(DjangoTransport(settings.PUBLIC_ORIGIN)), boxes).sign_in()


def asked(world: World, **parameters: Any) -> Reply:
    """Go to the authorization endpoint with a plain request, as Swagger UI does."""
    return world.person.open(
        world.client.url("/oauth/authorize?" + urlencode(world.client.request(**parameters)))
    )


def redeemed(world: World, **form: Any) -> Reply:
    parameters = {
        "grant_type": "authorization_code",
        "client_id": world.client.client_id,
        "redirect_uri": world.client.redirect_uri,
        "code_verifier": world.client.verifier,
        **form,
    }
    return world.client.transport.send(
        "POST", "/oauth/token", {"Content-Type": FORM}, urlencode(parameters).encode()
    )


def code(world: World) -> str:
    consent_page = world.client.url(asked(world, scope="consents:read accounts:read").location)
    return world.person.decide(consent_page, accounts=["box-1"]).answer["code"]


class TestExplorer:
    def test_gets_a_bearer_token_of_five_minutes_and_no_refresh_token(self, world: World) -> None:
        tokens = redeemed(world, code=code(world)).json
        assert tokens["token_type"] == "Bearer"
        assert tokens["expires_in"] == 300
        assert "refresh_token" not in tokens
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert world.client.transport.send("GET", "/v1/me/consents", headers).status == 200

    @override_settings(SANDBOX=False)
    def test_does_not_exist_in_production(self, world: World) -> None:
        assert asked(world).status == 400

    def test_gets_a_token_that_production_would_not_take(self, world: World) -> None:
        token = redeemed(world, code=code(world)).json["access_token"]
        with override_settings(SANDBOX=False):
            headers = {"Authorization": f"Bearer {token}"}
            assert world.client.transport.send("GET", "/v1/me/consents", headers).status == 401

    def test_gets_nothing_without_its_verifier(self, world: World) -> None:
        assert redeemed(world, code=code(world), code_verifier="x" * 43).json["error"] == "invalid_grant"

    def test_must_use_pkce(self, world: World) -> None:
        answered = asked(world, code_challenge=None, code_challenge_method=None)
        assert (answered.status, answered.answer["error"]) == (303, "invalid_request")

    def test_goes_back_to_its_registered_address_only(self, world: World) -> None:
        page = asked(world, redirect_uri="https://testserver/explorer/elsewhere")
        assert page.status == 400
        assert "Location" not in page.headers

    @pytest.mark.parametrize(
        ("path", "status"), [("/oauth/par", 401), ("/oauth/introspect", 401), ("/oauth/revoke", 200)]
    )
    def test_finds_most_doors_closed(self, world: World, path: str, status: int) -> None:
        form = urlencode({**world.client.request(), "token": "x"}).encode()
        assert world.client.transport.send("POST", path, {"Content-Type": FORM}, form).status == status

    def test_cannot_refresh(self, world: World) -> None:
        refused = redeemed(world, grant_type="refresh_token", refresh_token="x")
        assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
