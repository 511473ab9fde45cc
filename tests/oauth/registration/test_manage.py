"""A registration read, changed and removed by its app (RFC 7592)."""

from typing import Any

import pytest

from approvals.models import Approval
from audit.actor import Actor
from oauth.models import Client, Consent
from oauth.operations import approve_client, submit_client
from tests.oauth.conftest import World, new_user
from tests.oauth.registration.conftest import Registrar
from tests.oauth.test_limits import narrow
from tests.support.fapi_client import FapiClient, new_key

IN_REVIEW = {"status": "in_review"}


def row_of(known: dict[str, Any]) -> Client:
    return Client.objects.get(client_id=known["client_id"])


def bring(known: dict[str, Any], status: str) -> None:
    """Lead an app through its states as people do."""
    submit_client(known["client_id"], by=Actor(type="staff", user_id=new_user().id))
    if status == "live":
        approve_client(known["client_id"], by=Actor(type="staff", user_id=new_user().id))


class TestAuthentication:
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    @pytest.mark.parametrize("token", ["x", "", "hbg_" + "0" * 51])
    def test_needs_the_token_of_this_very_app(self, registrar: Registrar, method: str, token: str) -> None:
        mine, theirs = registrar.registered(), registrar.registered()
        for used in (token, theirs["registration_access_token"]):
            answered = registrar.send(method, mine["registration_client_uri"], {}, used)
            assert (answered.status, answered.json["error"]) == (401, "invalid_token")
        assert row_of(mine).is_active

    def test_answers_alike_for_an_app_that_does_not_exist(self, registrar: Registrar) -> None:
        mine = registrar.registered()
        token = mine["registration_access_token"]
        for client_id in ("nobody", "%00", "..", "a" * 300):
            answered = registrar.send("GET", f"https://testserver/oauth/register/{client_id}", None, token)
            assert answered.status in {401, 404}

    def test_an_app_registered_by_staff_has_no_token(self, registrar: Registrar, world: World) -> None:
        url = f"https://testserver/oauth/register/{world.client.client_id}"
        assert [registrar.send("GET", url, None, token).status for token in ("", None)] == [401, 401]

    def test_a_suspended_app_manages_nothing(self, registrar: Registrar) -> None:
        known = registrar.registered()
        Client.objects.filter(client_id=known["client_id"]).update(status="suspended", is_active=False)
        assert registrar.manage("GET", known).status == 401

    def test_is_slowed_by_app(self, registrar: Registrar) -> None:
        known = registrar.registered()
        with narrow("registration", client="2/h"):
            assert [registrar.manage("GET", known).status for _ in range(3)] == [200, 200, 429]


class TestRead:
    def test_returns_the_registration_with_the_same_token(self, registrar: Registrar) -> None:
        known = registrar.registered()
        answered = registrar.manage("GET", known)
        assert (answered.status, answered.json) == (200, known)


class TestUpdate:
    def test_replaces_what_the_app_said(self, registrar: Registrar) -> None:
        known = registrar.registered(software_id="one")
        changed = registrar.document(client_id=known["client_id"], client_name="Piglet")
        answered = registrar.manage("PUT", known, changed)
        assert (answered.status, answered.json["client_name"]) == (200, "Piglet")
        assert "software_id" not in answered.json

    def test_rotates_keys(self, registrar: Registrar) -> None:
        key, other = new_key(), new_key()
        known = registrar.registered(jwks={"keys": [key.as_dict(private=False)]})
        client = FapiClient(registrar.transport, known["client_id"], key, known["redirect_uris"][0])
        assert client.push().status == 201
        changed = registrar.document(
            client_id=known["client_id"], jwks={"keys": [other.as_dict(private=False)]}
        )
        assert registrar.manage("PUT", known, changed).status == 200
        assert client.push().status == 401
        client.key = other
        assert client.push().status == 201

    @pytest.mark.parametrize(
        "wrong",
        [
            {"client_id": "another"},
            {"client_id": None},
            {"client_secret": "x"},
            {"registration_access_token": "x"},
            {"registration_client_uri": "x"},
            {"client_id_issued_at": 1},
        ],
        ids=str,
    )
    def test_refuses_what_is_not_the_app_s_to_say(self, registrar: Registrar, wrong: dict[str, Any]) -> None:
        known = registrar.registered()
        changed = registrar.document(**{"client_id": known["client_id"], **wrong})
        answered = registrar.manage("PUT", known, changed)
        assert (answered.status, answered.json["error"]) == (400, "invalid_request")

    def test_checks_as_strictly_as_registration_and_changes_nothing_then(self, registrar: Registrar) -> None:
        known = registrar.registered()
        changed = registrar.document(
            client_id=known["client_id"], client_name="X", redirect_uris=["http://x/"]
        )
        assert registrar.manage("PUT", known, changed).json["error"] == "invalid_redirect_uri"
        assert row_of(known).name == "Piggy"

    def test_a_live_app_changes_its_keys_alone(self, registrar: Registrar) -> None:
        known = registrar.registered()
        bring(known, "live")
        same = registrar.document(client_id=known["client_id"])
        assert registrar.manage("PUT", known, same).status == 200
        assert row_of(known).status == "live"
        moved = {**same, "redirect_uris": ["https://elsewhere.example/cb"]}
        answered = registrar.manage("PUT", known, moved)
        assert (answered.status, answered.json["error"]) == (400, "invalid_client_metadata")
        assert row_of(known).redirect_uris == "https://app.example/callback"

    def test_an_app_in_review_that_changes_goes_back_to_the_sandbox(self, registrar: Registrar) -> None:
        known = registrar.registered()
        bring(known, "in_review")
        changed = registrar.document(client_id=known["client_id"], client_name="Harbour Bank")
        assert registrar.manage("PUT", known, changed).json["status"] == "sandbox"
        assert Approval.objects.get(target_id=known["client_id"]).status == "WITHDRAWN"


class TestDelete:
    def test_ends_the_app_its_consents_and_its_token(self, registrar: Registrar, world: World) -> None:
        key = new_key()
        known = registrar.registered(jwks={"keys": [key.as_dict(private=False)]})
        world.client = FapiClient(registrar.transport, known["client_id"], key, known["redirect_uris"][0])
        tokens = world.tokens()
        assert registrar.manage("DELETE", known).status == 204
        assert world.consent.status == Consent.Status.CANCELLED
        assert world.client.call("GET", "/v1/me/consents", tokens["access_token"]).status == 401
        assert world.client.push().status == 401
        assert registrar.manage("GET", known).status == 401
        assert row_of(known).status == "closed"
