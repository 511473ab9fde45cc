"""Dynamic client registration (RFC 7591)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from audit.actor import Actor, system
from oauth.authorization_details import rich_types
from oauth.models import Client, InitialAccessToken
from oauth.operations import approve_client, issue_initial_access_token, submit_client
from oauth.protocol import secrets
from tests.oauth.conftest import new_user
from tests.oauth.registration.conftest import HOME, Directory, Registrar
from tests.oauth.test_limits import narrow
from tests.oauth.threads import all_at_once
from tests.support.fapi_client import DjangoTransport, FapiClient, new_key

BAD_REDIRECTS = [
    "http://app.example/cb",
    "https://*.app.example/cb",
    "https://app.example/*",
    "https://app.example/cb#x",
    "https://app.example/cb#",
    "https://user@app.example/cb",
    "https://user:pw@app.example/cb",
    "https://:pw@app.example/cb",
    "https://@app.example/cb",
    "https:///cb",
    "https://",
    "//app.example/cb",
    "app.example/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "myapp://cb",
    "https://[::1]/cb",
    "https://[::ffff:127.0.0.1]/cb",
    "https://\u0430pp.example/cb",
    "https://app.example\\@evil.example/cb",
    "https://app.example/../admin",
    "https://app.example/%2e%2e/admin",
    "https://app.example/./cb",
    "https://app.example:0/cb",
    "https://app.example:99999/cb",
    "https://app.example:x/cb",
    "https://%61pp.example/cb",
    "https://app.example/cb?code=1",
    "https://app.example/cb?iss=x",
    "https://app.example/a b",
    "https://app.example/<script>",
    "https://-app.example/cb",
    "",
    "https://app..example/cb",
    "https://app.example/" + "a" * 500,
]
BAD_METADATA: list[dict[str, Any]] = [
    {"client_name": None},
    {"client_name": ""},
    {"client_name": 7},
    {"client_name": "x" * 81},
    {"client_name": ["x"]},
    {"scope": "admin"},
    {"authorization_details_types": ["boxes"]},
    {"authorization_details_types": "payment_initiation"},
    {"authorization_details_types": [1]},
    {"scope": "accounts:read consents:revoke"},
    {"scope": ["accounts:read"]},
    {"grant_types": ["password"]},
    {"grant_types": ["authorization_code", "implicit"]},
    {"grant_types": ["refresh_token"]},
    {"grant_types": "authorization_code"},
    {"response_types": ["token"]},
    {"response_types": ["code", "code token"]},
    {"token_endpoint_auth_method": "none"},
    {"token_endpoint_auth_method": "client_secret_basic"},
    {"token_endpoint_auth_method": ["private_key_jwt"]},
    {"token_endpoint_auth_signing_alg": "RS256"},
    {"id_token_signed_response_alg": "none"},
    {"id_token_signed_response_alg": "HS256"},
    {"id_token_signed_response_alg": "RS256"},
    {"request_object_signing_alg": "none"},
    {"authorization_signed_response_alg": "RS256"},
    {"introspection_signed_response_alg": "HS256"},
    {"require_pushed_authorization_requests": False},
    {"dpop_bound_access_tokens": False},
    {"dpop_bound_access_tokens": "true"},
    {"require_signed_request_object": "yes"},
    {"subject_type": "pairwise"},
    {"application_type": "native"},
    {"jwks": None},
    {"jwks": {"keys": []}},
    {"jwks": {"keys": "x"}},
    {"jwks": "x"},
    {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
    {"jwks": {"keys": [{"kty": "EC", "crv": "P-384"}]}},
    {"jwks_uri": f"{HOME}/jwks"},
    {"jwks": None, "jwks_uri": "http://app.example/jwks"},
    {"jwks": None, "jwks_uri": "https://127.0.0.1/jwks"},
    {"jwks": None, "jwks_uri": "https://169.254.169.254/latest"},
    {"client_uri": "javascript:alert(1)"},
    {"policy_uri": "http://app.example/"},
    {"purpose": "x" * 201},
    {"client_name": "Piggy\u202egnp"},
    {"client_name": "Pig\u200bgy"},
    {"client_name": "Pig\x00gy"},
]
HOSTILE_BODIES = [
    b"",
    b"[]",
    b"null",
    b"{",
    b'{"a":1,"a":2}',
    b"\xff\xfe",
    b'{"client_name": NaN}',
    b"[" * 5000,
    b'{"a":' * 3000,
    b'{"redirect_uris": [["https://app.example/"]]}',
    b'{"x": "' + b"a" * 40000 + b'"}',
]


def error_of(answered: Any) -> tuple[int, str]:
    return answered.status, answered.json["error"]


class TestRegister:
    def test_gives_a_client_that_works_at_once_in_the_sandbox(self, registrar: Registrar) -> None:
        assert registrar.client().push().status == 201

    def test_answers_with_what_was_kept(self, registrar: Registrar) -> None:
        answered = registrar.register(client_uri=HOME, software_id="piggy-1", software_version="2.0")
        known = answered.json
        assert answered.headers["Cache-Control"] == "no-store"
        assert (known["client_name"], known["redirect_uris"]) == ("Piggy", [f"{HOME}/callback"])
        assert known["token_endpoint_auth_method"] == "private_key_jwt"
        assert (known["software_id"], known["client_uri"], known["status"]) == ("piggy-1", HOME, "sandbox")
        assert "client_secret" not in known

    def test_keeps_an_app_to_the_types_of_authorization_details_it_names(self, registrar: Registrar) -> None:
        known = registrar.registered(authorization_details_types=["account_information"])
        assert known["authorization_details_types"] == ["account_information"]
        row = Client.objects.get(client_id=known["client_id"])
        assert rich_types(row) == ["account_information"]
        assert len(rich_types()) == 4

    def test_keeps_the_registration_access_token_as_a_hash(self, registrar: Registrar) -> None:
        known = registrar.registered()
        row = Client.objects.get(client_id=known["client_id"])
        assert row.registration_token_checksum == secrets.checksum(known["registration_access_token"])
        assert known["registration_access_token"] not in str(row.__dict__)

    def test_ignores_metadata_it_does_not_know(self, registrar: Registrar) -> None:
        known = registrar.registered(
            first_party=True, is_active=False, status="live", client_id="mine", logo_uri="x"
        )
        row = Client.objects.get(client_id=known["client_id"])
        assert not row.first_party
        assert (row.status, row.client_id != "mine", "logo_uri" in known) == ("sandbox", True, False)

    def test_without_a_scope_gives_openid_alone(self, registrar: Registrar) -> None:
        assert registrar.registered(scope=None)["scope"] == "openid"

    def test_takes_keys_by_reference(self, registrar: Registrar) -> None:
        assert registrar.registered(jwks=None, jwks_uri=f"{HOME}/jwks")["jwks_uri"] == f"{HOME}/jwks"

    def test_keeps_where_to_tell_of_logouts(self, registrar: Registrar) -> None:
        told = f"{HOME}/logout"
        assert registrar.registered(backchannel_logout_uri=told)["backchannel_logout_uri"] == told

    @pytest.mark.parametrize("uri", BAD_REDIRECTS)
    def test_refuses_a_redirect_uri_that_is_not_exact_https(self, registrar: Registrar, uri: str) -> None:
        assert error_of(registrar.register(redirect_uris=[uri])) == (400, "invalid_redirect_uri")

    @pytest.mark.parametrize(
        "uris",
        [None, [], "https://app.example/cb", [7], [f"{HOME}/1"] * 2, [f"{HOME}/{n}" for n in range(11)]],
    )
    def test_refuses_redirect_uris_that_are_no_list_of_addresses(
        self, registrar: Registrar, uris: Any
    ) -> None:
        assert error_of(registrar.register(redirect_uris=uris)) == (400, "invalid_redirect_uri")

    @pytest.mark.parametrize("uri", ["http://app.example/out", "https://127.0.0.1/out", "out", 7])
    def test_refuses_to_call_what_the_bank_does_not_call(self, registrar: Registrar, uri: Any) -> None:
        answered = registrar.register(backchannel_logout_uri=uri)
        assert error_of(answered) == (400, "invalid_client_metadata")

    @pytest.mark.parametrize("metadata", BAD_METADATA, ids=lambda m: json.dumps(m)[:50])
    def test_refuses_metadata(self, registrar: Registrar, metadata: dict[str, Any]) -> None:
        assert error_of(registrar.register(**metadata)) == (400, "invalid_client_metadata")

    def test_refuses_a_private_key_even_beside_a_good_one(self, registrar: Registrar) -> None:
        keys = [new_key().as_dict(private=False), new_key().as_dict(private=True)]
        assert error_of(registrar.register(jwks={"keys": keys})) == (400, "invalid_client_metadata")

    def test_refuses_a_weak_rsa_key(self, registrar: Registrar) -> None:
        weak = {"kty": "RSA", "n": "sXch" * 40, "e": "AQAB"}
        assert error_of(registrar.register(jwks={"keys": [weak]})) == (400, "invalid_client_metadata")

    def test_refuses_a_software_statement_of_nobody_it_trusts(self, registrar: Registrar) -> None:
        answered = registrar.register(software_statement=Directory().statement())
        assert error_of(answered) == (400, "unapproved_software_statement")

    @pytest.mark.parametrize("body", HOSTILE_BODIES, ids=lambda b: repr(b[:20]))
    def test_refuses_hostile_json(self, registrar: Registrar, body: bytes) -> None:
        answered = registrar.send("POST", "https://testserver/oauth/register", body)
        assert answered.status == 400
        assert answered.json["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-7", ""],
    )
    def test_refuses_another_content_type(self, registrar: Registrar, content_type: str) -> None:
        headers = {"Content-Type": content_type}
        answered = registrar.send(
            "POST", "https://testserver/oauth/register", registrar.document(), **headers
        )
        assert answered.status == 400

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
    def test_is_posted_alone(self, registrar: Registrar, method: str) -> None:
        assert registrar.send(method, "https://testserver/oauth/register", {}).status == 405

    def test_is_slowed_by_address(self, registrar: Registrar) -> None:
        with narrow("register", address="2/h"):
            assert [registrar.register().status for _ in range(3)] == [201, 201, 429]

    def test_is_announced(self, registrar: Registrar) -> None:
        metadata = registrar.send("GET", "https://testserver/.well-known/oauth-authorization-server").json
        assert metadata["registration_endpoint"] == "https://testserver/oauth/register"


class TestInProduction:
    def allowed(self, clients: int = 1) -> str:
        return issue_initial_access_token(organisation="Piggy Ltd", clients=clients, by=system("tests")).text

    def test_nobody_registers_without_a_token_from_staff(self, registrar: Registrar, production: Any) -> None:
        answered = registrar.register()
        assert error_of(answered) == (401, "invalid_token")
        assert answered.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("token", ["", "x", "hbi_" + "a" * 43 + "00000000", "ä"])
    def test_nor_with_one_of_nobody(self, registrar: Registrar, production: Any, token: str) -> None:
        assert error_of(registrar.register(token.encode().decode("latin-1"))) == (401, "invalid_token")

    def test_the_organisation_is_the_one_staff_named(self, registrar: Registrar, production: Any) -> None:
        known = registrar.register(self.allowed(), organisation="Harbour Bank").json
        assert known["organisation"] == "Piggy Ltd"
        again = registrar.manage(
            "PUT", known, registrar.document(client_id=known["client_id"], organisation="Bank")
        )
        assert again.json["organisation"] == "Piggy Ltd"

    def test_a_token_is_worth_as_many_apps_as_it_says(self, registrar: Registrar, production: Any) -> None:
        token = self.allowed(clients=2)
        assert [registrar.register(token).status for _ in range(3)] == [201, 201, 401]

    def test_one_app_is_one_app_however_many_ask_at_once(self, real_db: None, production: Any) -> None:
        token = self.allowed()

        def register() -> int:
            return Registrar(DjangoTransport(settings.PUBLIC_ORIGIN)).register(token).status

        assert sorted(all_at_once(8, register)) == [201] + [401] * 7

    def test_a_document_that_is_refused_costs_nothing(self, registrar: Registrar, production: Any) -> None:
        token = self.allowed()
        assert registrar.register(token, redirect_uris=["http://x.example/"]).status == 400
        assert registrar.register(token).status == 201

    def test_a_token_ends(self, registrar: Registrar, production: Any) -> None:
        token = self.allowed()
        InitialAccessToken.objects.update(
            created_at=timezone.now() - timedelta(days=15), expires_at=timezone.now() - timedelta(seconds=1)
        )
        assert registrar.register(token).status == 401

    def test_a_new_app_gets_no_tokens(self, registrar: Registrar, production: Any) -> None:
        key = new_key()
        known = registrar.register(self.allowed(), jwks={"keys": [key.as_dict(private=False)]}).json
        client = FapiClient(registrar.transport, known["client_id"], key, known["redirect_uris"][0])
        assert error_of(client.push()) == (401, "invalid_client")
        submit_client(known["client_id"], by=Actor(type="staff", user_id=new_user().id))
        assert error_of(client.push()) == (401, "invalid_client")
        approve_client(known["client_id"], by=Actor(type="staff", user_id=new_user().id))
        assert client.push().status == 201
