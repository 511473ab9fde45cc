"""Apps that register to be known by a certificate, or to have their tokens bound to one (RFC 8705)."""

from typing import Any

import pytest
from cryptography import x509

from oauth.models import Client
from tests.oauth.mtls.conftest import MTLS, HopTransport, issuer, mtls  # noqa: F401
from tests.oauth.registration.conftest import Registrar
from tests.support.certificates import Authority
from tests.support.fapi_client import FORM, new_key

SUBJECT = "CN=piggy,O=Piggy Ltd"
BY_CERTIFICATE: dict[str, Any] = {
    "token_endpoint_auth_method": "tls_client_auth",
    "tls_client_auth_san_dns": "piggy.example",
    "jwks": None,
}


def error_of(answered: Any) -> tuple[int, str]:
    return answered.status, answered.json["error"]


@pytest.mark.usefixtures("mtls")
class TestRegister:
    def test_takes_the_subject_of_a_certificate(self, registrar: Registrar) -> None:
        known = registrar.registered(**BY_CERTIFICATE)
        assert known["token_endpoint_auth_method"] == "tls_client_auth"
        assert known["tls_client_auth_san_dns"] == "piggy.example"
        assert "tls_client_auth_subject_dn" not in known

    def test_binds_tokens_to_a_certificate_in_place_of_a_key(self, registrar: Registrar) -> None:
        known = registrar.registered(tls_client_certificate_bound_access_tokens=True)
        row = Client.objects.get(client_id=known["client_id"])
        assert (row.tls_client_certificate_bound_access_tokens, row.dpop_bound_access_tokens) == (True, False)
        assert (known["tls_client_certificate_bound_access_tokens"], known["dpop_bound_access_tokens"]) == (
            True,
            False,
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            {"token_endpoint_auth_method": "tls_client_auth", "jwks": None},
            {**BY_CERTIFICATE, "tls_client_auth_subject_dn": SUBJECT},
            {**BY_CERTIFICATE, "tls_client_auth_san_dns": "x" * 300},
            {**BY_CERTIFICATE, "tls_client_auth_san_dns": 7},
            {**BY_CERTIFICATE, "tls_client_auth_san_dns": None, "tls_client_auth_san_ip": "not an address"},
            {**BY_CERTIFICATE, "tls_client_auth_san_dns": None, "tls_client_auth_subject_dn": "no name"},
            {"token_endpoint_auth_method": "self_signed_tls_client_auth"},
            {"tls_client_certificate_bound_access_tokens": True, "dpop_bound_access_tokens": True},
            {"tls_client_certificate_bound_access_tokens": False, "dpop_bound_access_tokens": False},
            {"tls_client_certificate_bound_access_tokens": "yes"},
        ],
        ids=str,
    )
    def test_refuses(self, registrar: Registrar, wrong: dict[str, Any]) -> None:
        assert error_of(registrar.register(**wrong)) == (400, "invalid_client_metadata")

    def test_lets_the_app_in_by_its_certificate(self, registrar: Registrar, issuer: Authority) -> None:  # noqa: F811
        known = registrar.registered(**BY_CERTIFICATE)
        certificate = issuer.issue(names=[x509.DNSName("piggy.example")])
        form = f"client_id={known['client_id']}&token=x".encode()
        headers = {"Content-Type": FORM}
        transport = HopTransport(MTLS, certificate)
        assert transport.send("POST", f"{MTLS}/oauth/introspect", headers, form).json == {"active": False}
        stranger = HopTransport(MTLS, issuer.issue(names=[x509.DNSName("other.example")]))
        assert stranger.send("POST", f"{MTLS}/oauth/introspect", headers, form).status == 401

    def test_forgets_the_subject_when_the_app_goes_back_to_keys(self, registrar: Registrar) -> None:
        known = registrar.registered(**BY_CERTIFICATE)
        back = registrar.document(
            client_id=known["client_id"], jwks={"keys": [new_key().as_dict(private=False)]}
        )
        answered = registrar.manage("PUT", known, back)
        assert (answered.status, answered.json["token_endpoint_auth_method"]) == (200, "private_key_jwt")
        assert Client.objects.get(client_id=known["client_id"]).certificate_subject == {}

    def test_a_live_app_does_not_change_how_it_is_known(self, registrar: Registrar) -> None:
        from tests.oauth.registration.test_manage import bring

        known = registrar.registered()
        bring(known, "live")
        changed = registrar.document(client_id=known["client_id"], **BY_CERTIFICATE)
        assert error_of(registrar.manage("PUT", known, changed)) == (400, "invalid_client_metadata")


class TestWithoutCertificates:
    @pytest.mark.parametrize(
        "wrong", [BY_CERTIFICATE, {"tls_client_certificate_bound_access_tokens": True}], ids=str
    )
    def test_the_bank_takes_none(self, registrar: Registrar, wrong: dict[str, Any]) -> None:
        assert error_of(registrar.register(**wrong)) == (400, "invalid_client_metadata")
