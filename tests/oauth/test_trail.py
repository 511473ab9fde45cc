"""What the authorization server writes into the audit trail, read by a superuser from outside."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError
from django.utils import timezone

from oauth.models import AccessToken, User
from tests.oauth.conftest import World


@pytest.fixture
def events(real_world: World, superuser_url: str) -> Callable[[], list[dict[str, Any]]]:
    """Read the events that wait and concern this world's app."""

    def read() -> list[dict[str, Any]]:
        with psycopg.connect(superuser_url) as connection:
            bodies = connection.execute("SELECT body FROM audit.outbox ORDER BY id").fetchall()
        found = [json.loads(bytes(body)) for (body,) in bodies]
        client_id = real_world.client.client_id
        return [
            event
            for event in found
            if client_id in json.dumps(event) or real_world.user.id in json.dumps(event)
        ]

    return read


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


class TestTrail:
    def test_tells_the_whole_way_in_order(self, real_world: World, events: Any) -> None:
        tokens = real_world.tokens()
        real_world.client.refresh(tokens["refresh_token"])
        real_world.client.post("/oauth/introspect", {"token": tokens["access_token"]})
        real_world.client.post("/oauth/revoke", {"token": tokens["refresh_token"]})
        real_world.revoke()
        assert kinds(events()) == [
            "client.registered",
            "authorization.pushed",
            "consent.granted",
            "token.issued",
            "token.refreshed",
            "token.introspected",
            "token.revoked",
            "consent.revoked",
        ]

    def test_names_no_person_in_an_introspection(self, real_world: World, events: Any) -> None:
        tokens = real_world.tokens()
        for token in (tokens["access_token"], "nobody's"):
            real_world.client.post("/oauth/introspect", {"token": token})
        known, unknown = (event for event in events() if event["kind"] == "token.introspected")
        assert real_world.user.id not in json.dumps(known)
        assert tokens["access_token"] not in json.dumps(known)
        assert (known.get("reason", ""), unknown["reason"]) == ("", "inactive")

    def test_links_the_steps_of_a_consent(self, real_world: World, events: Any) -> None:
        real_world.code()
        real_world.revoke()
        granted, revoked = (event for event in events() if event["target"]["type"] == "consent")
        assert (granted["target"]["entity_seq"], revoked["target"]["entity_seq"]) == (1, 2)
        assert revoked["target"]["previous_event"] == granted["event_id"]
        assert granted["actor"]["id"] == real_world.user.id

    def test_names_app_person_consent_and_key_of_a_token(self, real_world: World, events: Any) -> None:
        real_world.tokens()
        issued = next(event for event in events() if event["kind"] == "token.issued")
        assert issued["client"]["id"] == real_world.client.client_id
        assert issued["client"]["key"] == real_world.client.thumbprint
        assert issued["on_behalf_of"]["user"] == real_world.user.id
        assert issued["on_behalf_of"]["consent"] == real_world.consent.id

    def test_tells_of_a_replayed_code(self, real_world: World, events: Any) -> None:
        code = real_world.code()
        real_world.client.redeem(code)
        real_world.client.redeem(code)
        assert kinds(events())[-3:] == ["token.reuse_detected", "consent.revoked", "token.refused"]

    def test_tells_of_a_client_that_is_not_who_it_says(self, real_world: World, events: Any) -> None:
        real_world.client.push(client_assertion=real_world.client.assertion(aud="x"))
        refused = events()[-1]
        assert (refused["kind"], refused["outcome"], refused["reason"]) == (
            "client.refused",
            "denied",
            "invalid_client",
        )

    def test_tells_of_refused_requests_and_codes(self, real_world: World, events: Any) -> None:
        real_world.client.push(scope="made:up")
        real_world.client.redeem("made-up")
        assert kinds(events())[-2:] == ["authorization.refused", "token.refused"]

    def test_tells_of_a_person_who_refuses(self, real_world: World, events: Any) -> None:
        real_world.sign_in().person.decide(real_world.push(), decision="refuse")
        assert kinds(events())[-1] == "consent.refused"

    def test_tells_of_a_good_token_with_a_bad_proof(self, real_world: World, events: Any) -> None:
        token = real_world.tokens()["access_token"]
        real_world.client.call("GET", "/oauth/userinfo", token, headers={"DPoP": "nonsense"})
        misuse = events()[-1]
        assert (misuse["kind"], misuse["reason"]) == ("access.denied", "invalid_dpop_proof")

    def test_tells_of_it_also_when_the_use_of_their_data_is_restricted(
        self, real_world: World, events: Any
    ) -> None:
        token = real_world.tokens()["access_token"]
        User.objects.filter(id=real_world.user.id).update(
            restricted_at=timezone.now(), restriction_ground="accuracy"
        )
        refused = real_world.client.call("GET", "/v1/accounts", token, headers={"DPoP": "nonsense"})
        assert refused.status == 401  # and a thief does not learn of the restriction
        assert events()[-1]["reason"] == "invalid_dpop_proof"

    def test_holds_no_secret(self, real_world: World, events: Any) -> None:
        code = real_world.code()
        tokens = real_world.client.redeem(code).json
        written = json.dumps(events())
        for secret in (code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
            assert secret not in written


class TestTrailDown:
    def test_no_token_is_given_that_the_trail_does_not_tell(
        self, real_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = real_world.code()

        def broken(*args: object, **kwargs: object) -> None:
            raise DatabaseError

        monkeypatch.setattr("oauth.operations.tokens.record", broken)
        assert real_world.client.redeem(code).status >= 500
        monkeypatch.undo()
        assert not AccessToken.objects.filter(user=real_world.user).exists()
        assert real_world.client.redeem(code).status == 200
