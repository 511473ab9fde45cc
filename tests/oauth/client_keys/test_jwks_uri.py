"""Keys by reference: read when they are needed, kept a bounded time, failing closed (RFC 7591, 2)."""

import threading
import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django_redis.exceptions import ConnectionInterrupted

from oauth import client_keys
from oauth.errors import ClientMetadataRefused
from tests.oauth.client_keys.conftest import KeyServer
from tests.oauth.conftest import World, new_client
from tests.support.fapi_client import new_key

HALF_A_MINUTE = client_keys.SECONDS_BETWEEN_READS


def pass_time(monkeypatch: Any, seconds: float) -> None:
    """Let the clock of the kept keys go on; what the cache forgets by itself is tested by its timeout."""
    monkeypatch.setattr(client_keys, "time", SimpleNamespace(time=lambda: time.time() + seconds))


class TestJwksUri:
    def test_lets_a_client_authenticate_and_is_read_once(
        self, referring: World, key_server: KeyServer
    ) -> None:
        assert referring.client.push().status == 201
        assert referring.client.push().status == 201
        assert key_server.reads == 1

    def test_refuses_a_key_that_is_not_there(self, referring: World) -> None:
        answered = referring.client.post(
            "/oauth/par",
            {**referring.client.request(), "client_assertion": referring.client.assertion(key=new_key())},
        )
        assert (answered.status, answered.json["error"]) == (401, "invalid_client")

    def test_is_kept_for_ten_minutes_and_no_longer(self, referring: World) -> None:
        referring.client.push()
        (place,) = [key for key in cache.keys("oauth:jwks:*") if not key.endswith(":lock")]  # type: ignore[attr-defined]
        assert 590 < cache.ttl(place) <= client_keys.KEPT_SECONDS  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        "bad",
        [
            {"status": "500 Oops"},
            {"status": "302 Found"},
            {"content_type": "text/html"},
            {"body": b"no json"},
            {"body": b"[]"},
            {"body": b'{"keys": {}}'},
            {"body": b'{"keys": null}'},
            {"body": b'{"keys": [1, null, "x", {"kid": 7}]}'},
            {"body": b'{"keys": [' + b"{}," * 40 + b"{}]}"},
            {"body": b"[" * 60000},
        ],
        ids=str,
    )
    def test_fails_closed(self, referring: World, key_server: KeyServer, bad: dict[str, Any]) -> None:
        for name, value in bad.items():
            setattr(key_server, name, value)
        answered = referring.client.push()
        assert (answered.status, answered.json["error"]) == (401, "invalid_client")

    def test_a_failure_is_not_tried_again_at_once(self, referring: World, key_server: KeyServer) -> None:
        key_server.status = "500 Oops"
        assert [referring.client.push().status for _ in range(4)] == [401] * 4
        assert key_server.reads == 1

    def test_is_read_by_one_while_the_others_wait(self, referring: World, key_server: KeyServer) -> None:
        found: list[Any] = []
        row = referring.client_row
        threads = [threading.Thread(target=lambda: found.append(client_keys.jwks_of(row))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(found) == 8
        assert key_server.reads == 1

    def test_private_keys_and_keys_for_encryption_open_nothing(
        self, referring: World, key_server: KeyServer
    ) -> None:
        key = referring.client.key
        for wrong in (key.as_dict(private=True), {**key.as_dict(private=False), "use": "enc"}):
            cache.clear()
            key_server.body = client_keys.json.dumps({"keys": [wrong]}).encode()
            assert referring.client.push().status == 401

    def test_keys_of_one_client_are_not_those_of_another(
        self, referring: World, key_server: KeyServer
    ) -> None:
        other = new_client(jwks_uri=key_server.server.url("/other"))
        other.key = referring.client.key
        key_server.keys = []
        assert other.push().status == 401

    def test_without_the_cache_nobody_is_let_in(self, referring: World) -> None:
        with patch.object(client_keys.cache, "get", side_effect=ConnectionInterrupted(None)):
            answered = referring.client.push()
        assert (answered.status, answered.json["error"]) == (503, "temporarily_unavailable")


class TestRotation:
    def test_a_new_key_is_found_at_once_after_half_a_minute(
        self, referring: World, key_server: KeyServer, monkeypatch: Any
    ) -> None:
        assert referring.client.push().status == 201
        old, new = referring.client.key, new_key()
        key_server.keys = [old, new]
        pass_time(monkeypatch, HALF_A_MINUTE + 1)
        referring.client.key = new
        assert referring.client.push().status == 201
        referring.client.key = old
        assert referring.client.push().status == 201
        assert key_server.reads == 2

    def test_an_unknown_key_does_not_make_the_bank_ask_again_and_again(
        self, referring: World, key_server: KeyServer, monkeypatch: Any
    ) -> None:
        referring.client.push()
        referring.client.key = new_key()
        assert [referring.client.push().status for _ in range(3)] == [401] * 3
        assert key_server.reads == 1
        pass_time(monkeypatch, HALF_A_MINUTE + 1)
        assert [referring.client.push().status for _ in range(3)] == [401] * 3
        assert key_server.reads == 2

    def test_a_key_taken_away_is_worth_nothing_once_the_set_is_read_anew(
        self, referring: World, key_server: KeyServer
    ) -> None:
        referring.client.push()
        key_server.keys = [new_key()]
        cache.clear()
        assert referring.client.push().status == 401


class TestRegisterClient:
    @pytest.mark.parametrize(
        "url",
        [
            "http://app.example/jwks",
            "https://127.0.0.1/jwks",
            "https://[::1]/jwks",
            "https://2130706433/",
            "nonsense",
        ],
    )
    def test_refuses_a_jwks_uri_the_bank_would_not_call(self, db: None, url: str) -> None:
        with pytest.raises(ClientMetadataRefused):
            new_client(jwks_uri=url)
