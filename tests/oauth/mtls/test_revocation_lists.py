"""Client certificates that were taken back (RFC 5280, 5): real ones, and lists of real authorities."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.oauth.conftest import World
from tests.oauth.mtls.conftest import CertificateClient, known_by, whole_way
from tests.oauth.mtls.test_client_authentication import BY_AUTHORITY, refused
from tests.support.certificates import Authority, Certificate

Tell = Callable[..., None]


@pytest.fixture
def tell(settings: Any, tmp_path: Path) -> Tell:
    """Write the bank's file of revocation lists."""
    path = tmp_path / "revoked.pem"

    def told(*lists: str) -> None:
        path.write_text("".join(lists))
        settings.CLIENT_CERTIFICATE_REVOCATIONS = str(path)

    return told


def client_of(certificate: Certificate) -> CertificateClient:
    return known_by(certificate, **BY_AUTHORITY)


class TestCheck:
    def test_takes_a_certificate_that_no_list_names(
        self, world: World, issuer: Authority, tell: Tell
    ) -> None:
        tell(issuer.revocations(issuer.issue()))
        assert client_of(issuer.issue()).push().status == 201

    def test_refuses_one_that_was_revoked(self, world: World, issuer: Authority, tell: Tell) -> None:
        certificate = issuer.issue()
        tell(issuer.revocations(certificate))
        refused(client_of(certificate))

    def test_ends_a_client_that_had_tokens(self, world: World, issuer: Authority, tell: Tell) -> None:
        certificate = issuer.issue()
        tell(issuer.revocations())
        client = known_by(certificate, bound_to_certificate=True, **BY_AUTHORITY)
        tokens = whole_way(world, client).json
        assert client.refresh(tokens["refresh_token"], dpop=False).status == 200
        tell(issuer.revocations(), issuer.revocations(certificate))
        answered = client.refresh(tokens["refresh_token"], dpop=False)
        assert (answered.status, answered.json["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize("hours", [(-48, -1), (1, 24)], ids=["stale", "of the future"])
    def test_refuses_everybody_without_a_list_in_date(
        self, world: World, issuer: Authority, tell: Tell, hours: tuple[int, int]
    ) -> None:
        tell(issuer.revocations(hours=hours))
        refused(client_of(issuer.issue()))

    def test_believes_no_list_of_somebody_else(self, world: World, issuer: Authority, tell: Tell) -> None:
        forger = Authority()
        for lists in ((), (forger.revocations(),), (issuer.revocations(signed_by=forger.certificate),)):
            tell(*lists)
            refused(client_of(issuer.issue()))

    def test_believes_no_part_of_a_list(self, world: World, issuer: Authority, tell: Tell) -> None:
        tell(issuer.revocations(is_partial=True))
        refused(client_of(issuer.issue()))

    def test_refuses_everybody_when_the_file_is_gone_or_damaged(
        self, world: World, issuer: Authority, settings: Any, tell: Tell
    ) -> None:
        settings.CLIENT_CERTIFICATE_REVOCATIONS = "/nowhere/revoked.pem"
        refused(client_of(issuer.issue()))
        tell(issuer.revocations().replace("M", "!"))
        refused(client_of(issuer.issue()))

    def test_is_not_asked_for_without_the_setting(self, world: World, issuer: Authority) -> None:
        assert client_of(issuer.issue()).push().status == 201
