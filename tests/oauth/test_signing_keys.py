"""The keys ID tokens are signed with, and the command that makes them."""

import json
import os
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings

from oauth import signing_keys


class TestGenerate:
    def test_writes_a_private_set_for_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        call_command("generate_oauth_keys", out=str(path))
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        with override_settings(OAUTH_SIGNING_KEYS=str(path)):
            for algorithm in ("PS256", "ES256"):
                assert signing_keys.signing_key(algorithm).is_private

    def test_leaves_an_existing_file_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        path.write_text("mine")
        call_command("generate_oauth_keys", out=str(path))
        assert path.read_text() == "mine"


class TestLoad:
    def test_takes_the_set_itself_from_the_environment(self) -> None:
        with override_settings(OAUTH_SIGNING_KEYS=json.dumps(signing_keys.generate())):
            assert len(signing_keys.public_jwks()["keys"]) == 2

    def test_refuses_public_keys_and_two_of_one_name(self) -> None:
        keys = signing_keys.generate()["keys"]
        public = [
            {name: key[name] for name in key if name not in {"d", "p", "q", "dp", "dq", "qi"}} for key in keys
        ]
        for wrong in (public, [keys[0], {**keys[1], "kid": keys[0]["kid"]}], "nonsense"):
            source = json.dumps({"keys": wrong})
            with override_settings(OAUTH_SIGNING_KEYS=source), pytest.raises(ImproperlyConfigured):
                signing_keys.signing_key("PS256")
