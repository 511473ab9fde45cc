"""The bank's own signing keys: renewed while it runs, with an overlap in which old and new ones verify."""

import base64
import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import override_settings
from joserfc import jwk, jwt

from audit.canonical import NotCanonical
from deploy.local.ports import free_port
from oauth import signing_keys
from tests.oauth.conftest import World
from tests.oauth.threads import all_at_once
from tests.support import servers

LEAD, OVERLAP = 900, 24 * 3600


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A file of signing keys, the bank's own for this test."""
    path = tmp_path / "keys.json"
    call_command("generate_oauth_keys", out=str(path))
    with override_settings(OAUTH_SIGNING_KEYS=str(path)):
        yield path


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(time.time(), tick=False) as clock:
        yield clock


def kids(path: Path) -> set[str]:
    return {key["kid"] for key in json.loads(path.read_text())["keys"]}


def published(world: World) -> dict[str, Any]:
    return dict(world.client.transport.send("GET", "/.well-known/jwks.json", {}).json)


def kid_of(token: str) -> str:
    header = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def verifies(token: str, jwks: dict[str, Any]) -> bool:
    """Look as a client does: the key the header names, in the published set."""
    try:
        jwt.decode(token, jwk.KeySet.import_key_set(jwks), algorithms=["PS256", "ES256"])  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - whatever the library says, it does not verify
        return False
    return True


class TestRotation:
    def test_publishes_a_new_key_before_it_signs(self, world: World, path: Path, clock: Any) -> None:
        old = kids(path)
        call_command("rotate_oauth_keys")
        new = kids(path) - old
        assert len(new) == 2
        assert {key["kid"] for key in published(world)["keys"]} == old | new
        assert kid_of(world.tokens()["id_token"]) in old
        clock.shift(LEAD + 1)
        assert kid_of(world.tokens()["id_token"]) in new

    def test_leaves_old_id_tokens_verifiable_during_the_overlap(
        self, world: World, path: Path, clock: Any
    ) -> None:
        token = world.tokens()["id_token"]
        call_command("rotate_oauth_keys")
        for seconds in (0, LEAD + 1, OVERLAP - 10):
            clock.shift(seconds)
            assert verifies(token, published(world)), seconds
            assert verifies(world.tokens()["id_token"], published(world)), seconds
        clock.shift(20)
        assert not verifies(token, published(world))
        assert verifies(world.tokens()["id_token"], published(world))

    def test_forgets_old_keys_at_the_next_one(self, world: World, path: Path, clock: Any) -> None:
        first = kids(path)
        call_command("rotate_oauth_keys")
        clock.shift(LEAD + OVERLAP + 1)
        call_command("rotate_oauth_keys")
        assert not first & kids(path)
        assert len(kids(path)) == 4

    def test_is_refused_while_one_is_under_way(self, db: None, path: Path, clock: Any) -> None:
        call_command("rotate_oauth_keys")
        before = path.read_text()
        with pytest.raises(CommandError, match="waits"):
            call_command("rotate_oauth_keys")
        assert path.read_text() == before
        clock.shift(LEAD + 1)
        call_command("rotate_oauth_keys")

    def test_keeps_the_file_to_its_owner(self, db: None, path: Path) -> None:
        call_command("rotate_oauth_keys")
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_shows_no_private_member_and_no_times(self, world: World, path: Path) -> None:
        call_command("rotate_oauth_keys")
        for key in published(world)["keys"]:
            assert set(key) <= {"kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"}

    def test_changes_nothing_when_it_cannot_be_recorded(self, real_db: None, path: Path) -> None:
        before = path.read_text()
        with override_settings(BUILD=object()), pytest.raises(NotCanonical):
            call_command("rotate_oauth_keys")
        assert path.read_text() == before

    def test_is_recorded_with_the_names_of_the_keys(
        self, real_db: None, path: Path, superuser_url: str
    ) -> None:
        call_command("rotate_oauth_keys")
        call_command("rotate_oauth_keys", "--compromised")
        with psycopg.connect(superuser_url) as connection:
            bodies = [bytes(row[0]) for row in connection.execute("SELECT body FROM audit.outbox")]
        kinds = [json.loads(body)["kind"] for body in bodies]
        assert "oauth.keys_rotated" in kinds
        assert "oauth.keys_replaced" in kinds
        private = {key["d"].encode() for key in json.loads(path.read_text())["keys"]}
        assert not [body for body in bodies for secret in private if secret in body]

    def test_at_the_same_moment_happens_once(self, real_db: None, path: Path) -> None:
        def rotate() -> bool:
            try:
                call_command("rotate_oauth_keys")
            except CommandError:
                return False
            return True

        assert sum(all_at_once(4, rotate)) == 1
        assert len(kids(path)) == 4


class TestCompromise:
    def test_takes_the_old_keys_away_at_once(self, world: World, path: Path) -> None:
        token, old = world.tokens()["id_token"], kids(path)
        call_command("rotate_oauth_keys", "--compromised")
        assert not old & {key["kid"] for key in published(world)["keys"]}
        assert not verifies(token, published(world))
        assert verifies(world.tokens()["id_token"], published(world))


class TestWhatCannotBeRotated:
    def test_is_a_set_in_the_environment_itself(self, db: None) -> None:
        with (
            override_settings(OAUTH_SIGNING_KEYS=json.dumps(signing_keys.generate())),
            pytest.raises(CommandError, match="path of a file"),
        ):
            call_command("rotate_oauth_keys")

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": [7]}', "nonsense"])
    def test_is_a_file_that_holds_no_keys(self, db: None, path: Path, text: str) -> None:
        path.write_text(text)
        with pytest.raises(CommandError):
            call_command("rotate_oauth_keys")
        assert path.read_text() == text

    def test_is_a_file_that_is_not_there(self, db: None, tmp_path: Path) -> None:
        with (
            override_settings(OAUTH_SIGNING_KEYS=str(tmp_path / "nowhere" / "keys.json")),
            pytest.raises(CommandError, match="cannot be reached"),
        ):
            call_command("rotate_oauth_keys")

    def test_is_time_that_runs_backwards(self, db: None, path: Path) -> None:
        with pytest.raises(CommandError, match="seconds"):
            call_command("rotate_oauth_keys", "--overlap=-1")


class TestARunningBank:
    def test_publishes_new_keys_without_a_restart(self, real_db: None, path: Path, tmp_path: Path) -> None:
        import requests

        port = free_port()
        _, files = servers.server_certificate(tmp_path)
        own = {"WEB_BIND": f"127.0.0.1:{port}", "OAUTH_SIGNING_KEYS": str(path), **files}

        def seen() -> set[str]:
            url = f"https://localhost:{port}/.well-known/jwks.json"
            keys = requests.get(url, verify=str(tmp_path / "ca.pem"), timeout=10).json()["keys"]
            return {key["kid"] for key in keys}

        with servers.bank("deploy/web_server.py", port, tmp_path, own):
            assert seen() == kids(path)
            call_command("rotate_oauth_keys")
            assert len(kids(path)) == 4
            assert seen() == kids(path)
