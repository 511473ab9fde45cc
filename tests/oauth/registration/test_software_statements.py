"""Software statements (RFC 7591, 2.3): what a trusted issuer says of an app goes before its own word."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk

from oauth.models import Client
from tests.oauth.registration.conftest import Directory, Registrar
from tests.oauth.registration.test_register import error_of
from tests.support.fapi_client import Reply, new_key

INVALID = (400, "invalid_software_statement")


@pytest.fixture
def directory(settings: Any, tmp_path: Path) -> Directory:
    directory = Directory()
    settings.SOFTWARE_STATEMENT_ISSUERS_FILE = directory.write(tmp_path / "issuers.json")
    return directory


def register(registrar: Registrar, statement: object, **metadata: Any) -> Reply:
    return registrar.register(software_statement=statement, **metadata)


class TestAccepted:
    def test_goes_before_what_the_app_says(self, registrar: Registrar, directory: Directory) -> None:
        statement = directory.statement()
        answered = register(registrar, statement, client_name="Something else", purpose="Mine")
        assert answered.status == 201, answered.text
        assert answered.json["client_name"] == "Vouched"
        assert answered.json["redirect_uris"] == ["https://vouched.example/callback"]
        assert (answered.json["software_id"], answered.json["purpose"]) == ("vouched-1", "Mine")

    def test_comes_back_unmodified(self, registrar: Registrar, directory: Directory) -> None:
        statement = directory.statement()
        known = register(registrar, statement).json
        assert known["software_statement"] == statement
        assert registrar.manage("GET", known).json["software_statement"] == statement

    def test_that_brings_keys_leaves_none_of_the_apps_own(
        self, registrar: Registrar, directory: Directory
    ) -> None:
        vouched = {"keys": [new_key().as_dict(private=False)]}
        known = register(registrar, directory.statement(jwks=vouched)).json
        assert [key["kid"] for key in known["jwks"]["keys"]] == [vouched["keys"][0]["kid"]]
        by_reference = register(
            registrar, directory.statement(jwks_uri="https://vouched.example/jwks"), jwks=vouched
        )
        assert "jwks" not in by_reference.json
        assert by_reference.json["jwks_uri"] == "https://vouched.example/jwks"

    def test_of_a_new_key_counts_once_the_file_has_it(
        self, registrar: Registrar, directory: Directory, settings: Any
    ) -> None:
        directory.key = new_key()
        assert error_of(register(registrar, directory.statement())) == INVALID
        time.sleep(0.01)
        directory.write(Path(settings.SOFTWARE_STATEMENT_ISSUERS_FILE))
        assert register(registrar, directory.statement()).status == 201

    def test_says_nothing_that_metadata_may_not(self, registrar: Registrar, directory: Directory) -> None:
        wrong = register(registrar, directory.statement(redirect_uris=["http://app.example/"]))
        assert error_of(wrong) == (400, "invalid_redirect_uri")
        wrong = register(registrar, directory.statement(grant_types=["password"]))
        assert error_of(wrong) == (400, "invalid_client_metadata")


class TestRefused:
    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": 1},
            {"exp": "soon"},
            {"nbf": 4102444800},
            {"iat": 4102444800},
            {"client_id": "piggy"},
            {"software_statement": "x"},
        ],
        ids=str,
    )
    def test_for_its_claims(self, registrar: Registrar, directory: Directory, claims: dict[str, Any]) -> None:
        assert error_of(register(registrar, directory.statement(**claims))) == INVALID

    @pytest.mark.parametrize(
        "issuer", [None, "", "https://directory.example.", ["https://directory.example"]]
    )
    def test_of_another_issuer(self, registrar: Registrar, directory: Directory, issuer: Any) -> None:
        answered = register(registrar, directory.statement(iss=issuer))
        assert error_of(answered) == (400, "unapproved_software_statement")

    def test_signed_by_another_key(self, registrar: Registrar, directory: Directory) -> None:
        assert error_of(register(registrar, directory.statement(key=new_key()))) == INVALID

    def test_signed_with_the_public_key_as_a_secret(self, registrar: Registrar, directory: Directory) -> None:
        secret = jwk.OctKey.import_key(json.dumps(directory.key.as_dict(private=False)))
        forged = directory.statement(key=secret, algorithm="HS256")
        assert error_of(register(registrar, forged)) == INVALID

    @pytest.mark.parametrize("statement", ["", "x", "a.b.c", 7, [], {}, "e30.e30.", "x" * 100_00])
    def test_that_is_none(self, registrar: Registrar, directory: Directory, statement: object) -> None:
        assert error_of(register(registrar, statement)) == INVALID

    def test_without_a_signature(self, registrar: Registrar, directory: Directory) -> None:
        claims = directory.statement().split(".")[1]
        header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        assert error_of(register(registrar, f"{header}.{claims}.")) == INVALID

    def test_and_keeps_nothing(self, registrar: Registrar, directory: Directory) -> None:
        before = Client.objects.count()
        assert error_of(register(registrar, directory.statement(key=new_key()))) == INVALID
        assert Client.objects.count() == before


class TestManaged:
    def changed(self, registrar: Registrar, known: dict[str, Any], **changes: Any) -> Reply:
        kept = {
            name: value
            for name, value in known.items()
            if not name.startswith(("registration_", "client_id_"))
        }
        document = {name: value for name, value in {**kept, **changes}.items() if value is not None}
        return registrar.manage("PUT", known, document)

    def test_cannot_be_dropped_to_say_something_else(
        self, registrar: Registrar, directory: Directory
    ) -> None:
        known = register(registrar, directory.statement()).json
        elsewhere = ["https://evil.example/callback"]
        dropped = self.changed(registrar, known, software_statement=None, redirect_uris=elsewhere)
        assert error_of(dropped) == INVALID
        kept = self.changed(registrar, known, redirect_uris=elsewhere)
        assert kept.json["redirect_uris"] == ["https://vouched.example/callback"]

    def test_is_replaced_by_a_newer_one(self, registrar: Registrar, directory: Directory) -> None:
        known = register(registrar, directory.statement()).json
        newer = directory.statement(client_name="Vouched again")
        changed = self.changed(registrar, known, software_statement=newer)
        assert (changed.json["client_name"], changed.json["software_statement"]) == ("Vouched again", newer)
