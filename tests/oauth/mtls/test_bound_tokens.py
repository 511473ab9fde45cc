"""Tokens bound to a certificate (RFC 8705, 3), and what is not bound to it."""

import base64
import hashlib

import pytest
from django.db import IntegrityError
from django.test import override_settings

from oauth.models import AccessToken, Client, RefreshToken
from tests.oauth.conftest import World, make_live
from tests.oauth.mtls.conftest import MTLS, CertificateClient, HopTransport, known_by, whole_way
from tests.support.certificates import SUBJECT, Authority, Certificate, self_signed

API = "/v1/me/consents"
SCOPE = "openid consents:read"


def thumbprint(certificate: Certificate) -> str:
    digest = hashlib.sha256(certificate.der).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.fixture
def shown() -> Certificate:
    return self_signed()


@pytest.fixture
def client(world: World, shown: Certificate) -> CertificateClient:
    return known_by(shown, bound_to_certificate=True)


@pytest.fixture
def token(world: World, client: CertificateClient) -> str:
    return str(whole_way(world, client, scope=SCOPE).json["access_token"])


class TestABoundToken:
    def test_is_a_bearer_token_that_names_its_certificate(
        self, world: World, client: CertificateClient, shown: Certificate
    ) -> None:
        answered = whole_way(world, client, scope=SCOPE)
        assert (answered.status, answered.json["token_type"]) == (200, "Bearer")
        assert AccessToken.objects.get(user=world.user).cnf == {"x5t#S256": thumbprint(shown)}

    def test_works_with_its_certificate(self, client: CertificateClient, token: str) -> None:
        assert client.bearer(API, token).status == 200
        assert client.bearer("/oauth/userinfo", token).status == 200

    def test_is_checked_on_each_request(self, client: CertificateClient, token: str) -> None:
        assert client.bearer(API, token).status == 200
        client.transport.sees = self_signed()  # type: ignore[attr-defined]
        answered = client.bearer(API, token)
        assert answered.status == 401
        assert 'error="invalid_token"' in answered.headers["WWW-Authenticate"]

    def test_is_nothing_without_a_certificate(self, client: CertificateClient, token: str) -> None:
        client.transport.sees = None  # type: ignore[attr-defined]
        assert client.bearer(API, token).status == 401

    def test_is_nothing_with_a_header_of_somebody_elses(self, client: CertificateClient, token: str) -> None:
        client.transport.peer = "10.9.9.9"  # type: ignore[attr-defined]
        assert client.bearer(API, token).status == 401

    def test_comes_with_the_scheme_bearer(self, client: CertificateClient, token: str) -> None:
        assert client.bearer(API, token, Authorization=f"DPoP {token}").status == 401
        assert client.call("GET", API, token).status == 401

    def test_describes_itself_when_asked(
        self, client: CertificateClient, token: str, shown: Certificate
    ) -> None:
        told = client.post("/oauth/introspect", {"token": token}).json
        assert told["token_type"] == "Bearer"
        assert told["cnf"] == {"x5t#S256": thumbprint(shown)}

    def test_works_in_production_too(self, client: CertificateClient, token: str) -> None:
        make_live(client.client_id)
        with override_settings(SANDBOX=False):
            assert client.bearer(API, token).status == 200


class TestWithoutACertificate:
    def test_no_bound_token_is_issued(self, world: World, client: CertificateClient) -> None:
        client.transport.sees = None  # type: ignore[attr-defined]
        answered = whole_way(world, client, scope=SCOPE)
        assert (answered.status, answered.json["error"]) == (400, "invalid_request")


class TestTheRefreshToken:
    def test_outlives_its_first_certificate(self, world: World, client: CertificateClient) -> None:
        refresh_token = whole_way(world, client, scope=SCOPE).json["refresh_token"]
        client.transport.sees = renewed = self_signed()  # type: ignore[attr-defined]
        token = client.refresh(refresh_token, dpop=False).json["access_token"]
        assert client.bearer(API, token).status == 200
        assert AccessToken.objects.latest("id").cnf == {"x5t#S256": thumbprint(renewed)}
        assert RefreshToken.objects.get(user=world.user).cnf == {}


class TestAClientOfDpop:
    def test_may_authenticate_by_certificate(self, world: World, issuer: Authority) -> None:
        """Proofs are then made for the URL that was called, the alias (RFC 9449, 4.2)."""
        subject = {"tls_client_auth_subject_dn": SUBJECT}
        client = known_by(
            issuer.issue(), token_endpoint_auth_method="tls_client_auth", certificate_subject=subject
        )
        world.client = client
        code_way = whole_way(world, client, scope=SCOPE)
        assert code_way.json["error"] == "invalid_dpop_proof"
        refreshed = client.refresh("x", dpop=client.proof("POST", f"{MTLS}/oauth/token"))
        assert refreshed.json["error"] == "invalid_grant"
        elsewhere = client.refresh("x", dpop=client.proof("POST", "https://testserver/oauth/token"))
        assert elsewhere.json["error"] == "invalid_dpop_proof"


class TestTheDatabase:
    @pytest.mark.parametrize(("key", "certificate"), [(True, True), (False, False)])
    def test_knows_no_client_whose_tokens_are_bound_twice_or_not_at_all(
        self, client: CertificateClient, key: bool, certificate: bool
    ) -> None:
        with pytest.raises(IntegrityError, match="client_binds_its_tokens_in_one_way"):
            Client.objects.filter(client_id=client.client_id).update(
                dpop_bound_access_tokens=key, tls_client_certificate_bound_access_tokens=certificate
            )


class TestTheOriginOfCertificates:
    def test_has_no_pages(self, world: World, shown: Certificate) -> None:
        transport = HopTransport(MTLS, shown)
        for path in ("/", "/login/", "/account/", "/oauth/authorize", "/admin/"):
            assert transport.send("GET", path, {"Accept": "text/html"}).status == 421, path

    def test_is_announced_with_its_endpoints(self, world: World) -> None:
        told = world.client.transport.send("GET", "/.well-known/openid-configuration", {}).json
        assert told["tls_client_certificate_bound_access_tokens"] is True
        assert told["mtls_endpoint_aliases"]["token_endpoint"] == f"{MTLS}/oauth/token"
        assert "authorization_endpoint" not in told["mtls_endpoint_aliases"]
        methods = told["token_endpoint_auth_methods_supported"]
        assert methods[:3] == ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"]

    def test_is_not_announced_where_there_is_none(self, world: World) -> None:
        with override_settings(MTLS_ORIGIN=""):
            told = world.client.transport.send("GET", "/.well-known/openid-configuration", {}).json
        assert "mtls_endpoint_aliases" not in told
        assert "tls_client_auth" not in told["token_endpoint_auth_methods_supported"]
