"""Clients known by their certificate (RFC 8705, 2)."""

import ipaddress
from typing import Any

import pytest
from cryptography import x509
from django.test import override_settings

from audit.actor import system
from oauth.errors import ClientMetadataRefused
from oauth.models import Client
from oauth.operations import register_client
from tests.oauth.conftest import SCOPE, World
from tests.oauth.mtls.conftest import known_by
from tests.support.certificates import SUBJECT, Authority, self_signed

DN = {"tls_client_auth_subject_dn": SUBJECT}
BY_AUTHORITY = {"token_endpoint_auth_method": "tls_client_auth", "certificate_subject": DN}
NAMES: list[tuple[str, str, x509.GeneralName]] = [
    ("tls_client_auth_san_dns", "app.example", x509.DNSName("app.example")),
    (
        "tls_client_auth_san_uri",
        "https://app.example/x",
        x509.UniformResourceIdentifier("https://app.example/x"),
    ),
    ("tls_client_auth_san_ip", "192.0.2.7", x509.IPAddress(ipaddress.ip_address("192.0.2.7"))),
    ("tls_client_auth_san_email", "app@app.example", x509.RFC822Name("app@app.example")),
]


def refused(client: Any) -> None:
    answered = client.push()
    assert (answered.status, answered.json["error"]) == (401, "invalid_client"), answered.text


class TestAnAuthoritysCertificate:
    def test_with_the_registered_subject_is_the_client(self, world: World, issuer: Authority) -> None:
        assert known_by(issuer.issue(), **BY_AUTHORITY).push().status == 201

    def test_with_another_subject_is_refused(self, world: World, issuer: Authority) -> None:
        refused(known_by(issuer.issue("CN=rival,O=Piggy Labs\\, Ltd,C=GB"), **BY_AUTHORITY))

    def test_with_the_subject_in_another_order_is_refused(self, world: World, issuer: Authority) -> None:
        refused(
            known_by(issuer.issue(",".join(reversed(SUBJECT.replace("\\,", "").split(",")))), **BY_AUTHORITY)
        )

    def test_of_another_authority_is_refused(self, world: World) -> None:
        refused(known_by(Authority("CN=Authority").issue(), **BY_AUTHORITY))

    def test_that_has_expired_is_refused(self, world: World, issuer: Authority) -> None:
        refused(known_by(issuer.issue(days=(-9, -1)), **BY_AUTHORITY))

    def test_that_is_not_valid_yet_is_refused(self, world: World, issuer: Authority) -> None:
        refused(known_by(issuer.issue(days=(1, 9)), **BY_AUTHORITY))

    def test_issued_by_a_client_is_refused(self, world: World, issuer: Authority) -> None:
        forger = Authority(SUBJECT)
        forger.certificate = issuer.issue()
        refused(known_by(forger.issue(), **BY_AUTHORITY))

    def test_signed_by_itself_is_refused(self, world: World) -> None:
        refused(known_by(self_signed(), **BY_AUTHORITY))

    @pytest.mark.parametrize(("member", "value", "name"), NAMES)
    def test_may_be_known_by_an_alternative_name(
        self, world: World, issuer: Authority, member: str, value: str, name: x509.GeneralName
    ) -> None:
        registered = {**BY_AUTHORITY, "certificate_subject": {member: value}}
        other = x509.DNSName("elsewhere.example")
        assert known_by(issuer.issue(names=[other, name]), **registered).push().status == 201
        refused(known_by(issuer.issue(names=[other]), **registered))
        refused(known_by(issuer.issue(), **registered))

    def test_is_worth_nothing_where_no_authority_is_named(self, world: World, issuer: Authority) -> None:
        client = known_by(issuer.issue(), **BY_AUTHORITY)
        with override_settings(CLIENT_CERTIFICATE_AUTHORITIES=""):
            refused(client)
        with override_settings(CLIENT_CERTIFICATE_AUTHORITIES="/nowhere/authorities.pem"):
            refused(client)


class TestARegisteredCertificate:
    def test_is_the_client(self, world: World) -> None:
        mine = self_signed()
        client = known_by(mine, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=mine.jwks)
        assert client.push().status == 201

    def test_with_the_same_subject_but_another_key_is_refused(self, world: World) -> None:
        jwks = self_signed().jwks
        refused(known_by(self_signed(), token_endpoint_auth_method="self_signed_tls_client_auth", jwks=jwks))

    def test_that_has_expired_is_refused(self, world: World) -> None:
        old = self_signed(days=(-9, -1))
        refused(known_by(old, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=old.jwks))

    def test_may_be_one_of_two_while_it_is_renewed(self, world: World) -> None:
        old, new = self_signed(), self_signed()
        both = {"keys": old.jwks["keys"] + new.jwks["keys"]}
        client = known_by(new, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=both)
        assert client.push().status == 201


class TestAClientWithACertificate:
    def test_is_nobody_without_a_certificate(self, world: World) -> None:
        refused(known_by(None, **BY_AUTHORITY))

    def test_is_nobody_when_the_peer_is_no_hop_of_ours(self, world: World, issuer: Authority) -> None:
        refused(known_by(issuer.issue(), peer="10.1.2.4", **BY_AUTHORITY))

    def test_is_nobody_where_no_hop_is_trusted(self, world: World, issuer: Authority) -> None:
        client = known_by(issuer.issue(), **BY_AUTHORITY)
        with override_settings(CLIENT_CERTIFICATE_PROXIES=[]):
            refused(client)

    def test_is_nobody_where_certificates_are_not_asked_for(self, world: World, issuer: Authority) -> None:
        client = known_by(issuer.issue(), **BY_AUTHORITY)
        with override_settings(MTLS_ORIGIN=""):
            refused(client)

    def test_may_not_sign_an_assertion_in_its_place(self, world: World, issuer: Authority) -> None:
        client = known_by(issuer.issue(), **BY_AUTHORITY, jwks={"keys": []})
        Client.objects.filter(client_id=client.client_id).update(
            client_jwks={"keys": [client.key.as_dict(private=False)]}
        )
        client.by_jwt = True
        refused(client)

    def test_of_a_client_that_signs_is_not_enough(self, world: World, issuer: Authority) -> None:
        client = known_by(issuer.issue())
        client.by_jwt = False
        refused(client)

    def test_switched_off_is_nobody(self, world: World, issuer: Authority) -> None:
        client = known_by(issuer.issue(), **BY_AUTHORITY)
        Client.objects.filter(client_id=client.client_id).update(is_active=False)
        refused(client)

    @pytest.mark.parametrize(
        "value", ["nonsense", "%00", "-----BEGIN CERTIFICATE-----", "%F0%9F%92%A9", "{twice}"]
    )
    def test_that_a_hop_garbled_is_nobody(self, world: World, issuer: Authority, value: str) -> None:
        shown = issuer.issue()
        client = known_by(None, **BY_AUTHORITY)
        headers = {"X-Client-Certificate": value.replace("{twice}", shown.escaped * 2)}
        answered = client.post("/oauth/par", client.request(), headers=headers)
        assert (answered.status, answered.json["error"]) == (401, "invalid_client")


class TestRegistering:
    @pytest.mark.parametrize(
        "metadata",
        [
            {"token_endpoint_auth_method": "tls_client_auth"},
            {**BY_AUTHORITY, "certificate_subject": {**DN, "tls_client_auth_san_dns": "app.example"}},
            {**BY_AUTHORITY, "certificate_subject": {"tls_client_auth_subject_dn": "no name"}},
            {**BY_AUTHORITY, "certificate_subject": {"tls_client_auth_subject_dn": ""}},
            {**BY_AUTHORITY, "certificate_subject": {"tls_client_auth_san_ip": "somewhere"}},
            {**BY_AUTHORITY, "certificate_subject": {"client_secret": "x"}},
            {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": []}},
            {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [{"x5c": ["!"]}]}},
            {"token_endpoint_auth_method": "client_secret_basic"},
            {"token_endpoint_auth_method": "none"},
        ],
    )
    def test_refuses_what_could_not_authenticate(self, db: None, metadata: dict[str, Any]) -> None:
        with pytest.raises(ClientMetadataRefused):
            register_client(
                name="x", redirect_uris=["https://x.example/"], scope=SCOPE, by=system("tests"), **metadata
            )
