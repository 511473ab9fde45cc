"""`manage.py oauth_profile`: what is in force, read from the settings and tables themselves."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from oauth.models import Client
from tests.oauth.conftest import World, new_client


def profile(**settings: Any) -> Any:
    out = io.StringIO()
    with override_settings(**settings):
        call_command("oauth_profile", "--json", stdout=out)
    return json.loads(out.getvalue())


def value(name: str, **settings: Any) -> str:
    (row,) = [row for row in profile(**settings)["settings"] if row["name"] == name]
    return str(row["value"])


class TestProfile:
    def test_names_what_is_off_and_what_is_on(self, db: None) -> None:
        assert value("mutual TLS") == "off"
        assert value("mutual TLS", MTLS_ORIGIN="https://mtls.example") == "https://mtls.example"
        assert value("DPoP nonces") == "off"
        assert value("DPoP nonces", DPOP_NONCE_SECONDS=30) == "30 s"
        assert value("client authentication") == "private_key_jwt"
        assert "explorer" in value("pushed authorization requests")
        assert value("pushed authorization requests", SANDBOX=False) == "required"

    def test_follows_the_rules_in_the_code(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        assert value("authorization code") == "60 s"
        monkeypatch.setattr("oauth.rules.CODE_SECONDS", 30)
        assert value("authorization code") == "30 s"

    def test_says_what_is_below_and_fails_when_asked_to(self, db: None) -> None:
        assert profile()["below_the_profile"] == []
        with override_settings(PUBLIC_ORIGIN="http://bank.example"):
            call_command("oauth_profile", stdout=io.StringIO())
            with pytest.raises(CommandError):
                call_command("oauth_profile", "--strict", stdout=io.StringIO())

    def test_tells_each_clients_policy(self, world: World) -> None:
        bound = new_client(bound_to_certificate=True)
        Client.objects.filter(client_id=bound.client_id).update(require_signed_request_object=True)
        clients = {client["client_id"]: client for client in profile()["clients"]}
        assert clients[world.client.client_id]["tokens_bound_to"] == "key"
        assert clients[bound.client_id]["tokens_bound_to"] == "certificate"
        assert clients[bound.client_id]["signing"] == ["requests"]

    def test_names_the_keys_and_nothing_private(self, db: None) -> None:
        keys = profile()["signing_keys"]
        assert {key["alg"] for key in keys if key["signs"]} == {"PS256", "ES256"}
        assert all(set(key) == {"kid", "alg", "signs", "signs_from", "published_until"} for key in keys)

    def test_reads_well(self, world: World) -> None:
        out = io.StringIO()
        call_command("oauth_profile", stdout=out)
        for word in ("https://testserver", "mutual TLS", "PS256", world.client.client_id, "not in use"):
            assert word in out.getvalue()
