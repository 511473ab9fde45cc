"""Tokens an app has for itself (RFC 6749, 4.4): events and webhooks, nothing of any person."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from bank.access.permissions import OWN_SCOPES
from oauth.models import Client, Consent, OwnToken
from oauth.operations.sweep import sweep
from oauth.protocol.secrets import checksum
from tests.oauth.conftest import SCOPE, World, new_client
from tests.support.fapi_client import FapiClient, Reply

OWN = " ".join(sorted(OWN_SCOPES))


@pytest.fixture
def client(db: None) -> FapiClient:
    return new_client(scope=f"{SCOPE} {OWN}")


def ask(client: FapiClient, scope: str | None = OWN, **more: str) -> Reply:
    form = {"grant_type": "client_credentials", **({"scope": scope} if scope is not None else {}), **more}
    return client.post("/oauth/token", form, dpop=True)


class TestToken:
    def test_lasts_five_minutes_is_bound_and_comes_without_a_refresh_token(self, client: FapiClient) -> None:
        answered = ask(client)
        assert answered.status == 200
        told = answered.json
        assert (told["token_type"], told["expires_in"], told["scope"]) == ("DPoP", 300, OWN)
        assert set(told) == {"access_token", "token_type", "expires_in", "scope"}

    def test_opens_the_feed_and_the_endpoints(self, client: FapiClient) -> None:
        token = ask(client).json["access_token"]
        assert client.call("GET", "/v1/events", token).json == {
            "data": [],
            "has_more": False,
            "next_after": 0,
        }
        assert client.call("GET", "/v1/webhook-endpoints", token).status == 200

    @pytest.mark.parametrize("path", ["/v1/accounts", "/v1/payments", "/v1/consents", "/v1/me"])
    def test_opens_nothing_of_any_person(self, client: FapiClient, path: str) -> None:
        token = ask(client).json["access_token"]
        assert client.call("GET", path, token).status in {403, 404, 405}

    def test_is_no_good_for_userinfo(self, client: FapiClient) -> None:
        token = ask(client).json["access_token"]
        assert client.call("GET", "/oauth/userinfo", token).status == 401

    def test_needs_the_key_it_is_bound_to(self, client: FapiClient) -> None:
        token = ask(client).json["access_token"]
        thief = new_client()
        refused = thief.call("GET", "/v1/events", token)
        assert (refused.status, "invalid_dpop_proof" in refused.headers["WWW-Authenticate"]) == (401, True)

    def test_ends(self, client: FapiClient) -> None:
        token = ask(client).json["access_token"]
        OwnToken.objects.filter(token_checksum=checksum(token)).delete()
        assert client.call("GET", "/v1/events", token).status == 401

    def test_ends_with_its_time(self, client: FapiClient, monkeypatch: pytest.MonkeyPatch) -> None:
        token = ask(client).json["access_token"]
        OwnToken.objects.filter(token_checksum=checksum(token)).delete()
        OwnToken.objects.create(
            token_checksum=checksum(token), client=Client.objects.get(client_id=client.client_id), scope=OWN,
            cnf={"jkt": client.thumbprint}, created_at=timezone.now(), expires_at=timezone.now(),
        )  # fmt: skip
        assert client.call("GET", "/v1/events", token).status == 401

    def test_ends_with_its_app(self, client: FapiClient) -> None:
        token = ask(client).json["access_token"]
        Client.objects.filter(client_id=client.client_id).update(is_active=False)
        assert client.call("GET", "/v1/events", token).status == 401

    def test_loses_what_its_app_may_no_longer(self, client: FapiClient) -> None:
        token = ask(client).json["access_token"]
        Client.objects.filter(client_id=client.client_id).update(scopes=["openid", "events:read"])
        assert client.call("GET", "/v1/webhook-endpoints", token).status == 403

    def test_can_be_looked_at_and_given_back(self, client: FapiClient) -> None:
        token = ask(client).json["access_token"]
        told = client.post("/oauth/introspect", {"token": token}).json
        assert (told["active"], told["sub"], told["scope"]) == (True, client.client_id, OWN)
        assert told["exp"] - time.time() <= 300
        assert new_client().post("/oauth/introspect", {"token": token}).json == {"active": False}
        assert client.post("/oauth/revoke", {"token": token}).status == 200
        assert client.call("GET", "/v1/events", token).status == 401
        assert client.post("/oauth/introspect", {"token": token}).json == {"active": False}

    def test_is_swept_an_hour_after_its_end(self, client: FapiClient) -> None:
        ask(client)
        OwnToken.objects.all().delete()
        OwnToken.objects.create(
            token_checksum="0" * 64, client=Client.objects.get(client_id=client.client_id), scope=OWN, cnf={},
            created_at=timezone.now(), expires_at=timezone.now() - timedelta(hours=2),
        )  # fmt: skip
        sweep()
        assert not OwnToken.objects.exists()


class TestScope:
    def test_must_be_said(self, client: FapiClient) -> None:
        assert ask(client, None).json["error"] == "invalid_scope"

    def test_of_a_person_is_not_given(self, client: FapiClient) -> None:
        assert ask(client, "accounts:read").json["error"] == "invalid_scope"
        assert ask(client, f"{SCOPE} {OWN}").json["scope"] == OWN

    def test_must_be_registered(self, db: None) -> None:
        assert ask(new_client(), "events:read").json["error"] == "invalid_scope"

    def test_of_its_own_is_not_asked_of_a_person(self, world: World) -> None:
        world.client = new_client(scope=f"{SCOPE} {OWN}")
        told = world.tokens(scope=f"openid accounts:read {OWN}")
        assert told["scope"] == "openid accounts:read"
        assert not set(Consent.objects.get(user=world.user).permissions) & OWN_SCOPES
        refused = world.client.call("GET", "/v1/events", told["access_token"])
        assert refused.status == 403

    def test_of_its_own_alone_cannot_be_pushed(self, client: FapiClient) -> None:
        assert client.push(scope=OWN).json["error"] == "invalid_scope"


class TestWhoGetsNone:
    def test_the_explorer(self, explorer: FapiClient) -> None:
        form = {"grant_type": "client_credentials", "scope": OWN, "client_id": explorer.client_id}
        url = explorer.url("/oauth/token")
        body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in form.items()).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        refused = explorer.transport.send("POST", url, headers, body)
        assert (refused.status, refused.json["error"]) == (400, "unauthorized_client")

    def test_the_banks_own_app(self, db: None) -> None:
        own = new_client(first_party=True, scope=SCOPE)
        assert ask(own, "events:read").json["error"] == "unauthorized_client"
