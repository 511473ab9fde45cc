"""Lab 1's forgeries at the bank's own doors: client assertions at the token endpoints."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from django.conf import settings

from audit.actor import system
from labs.catalogue import Lab, find
from oauth.operations import register_client
from tests.payments.test_api import SCOPE
from tests.support.fapi_client import DjangoTransport, FapiClient, new_key

LAB: Lab = find(1)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """An app that signs with RSA; its public key is known to all."""

    algorithm = "PS256"

    def __init__(self) -> None:
        key = new_key("RSA", 2048)
        registered = register_client(
            name="Piggy",
            redirect_uris=["https://piggy.example/callback"],
            scope=SCOPE,
            jwks={"keys": [key.as_dict(private=False)]},
            by=system("tests"),
        )
        transport = DjangoTransport(settings.PUBLIC_ORIGIN)
        self.client = FapiClient(transport, registered.client_id, key, "https://piggy.example/callback")
        self.public_key: bytes = key.as_pem(private=False)

    def claims(self) -> dict[str, Any]:
        body = self.client.assertion().split(".")[1]
        return dict(SCRIPT.json.loads(SCRIPT.base64.urlsafe_b64decode(body + "==")))

    def enter(self, token: str) -> bool:
        return self.client.post("/oauth/par", self.client.request(client_assertion=token)).status == 201

    def rightly_signed(self) -> str:
        return self.client.assertion()


class TestTheBank:
    def test_lets_in_the_app_and_no_forgery(self, db: None) -> None:
        bank = Bank()
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []

    def test_reads_the_attackers_tokens_as_they_are_meant(self, db: None) -> None:
        """The same hand that forges makes one that is right, when it has the key."""
        bank = Bank()
        pem = bank.client.key.as_pem(private=True)
        key = serialization.load_pem_private_key(pem, None)
        assert bank.enter(SCRIPT.signed({"alg": "PS256", "kid": bank.client.key.kid}, bank.claims(), key))


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_the_bank_names_only_algorithms_of_key_pairs(algorithm: str) -> None:
    from oauth.protocol import jose

    assert algorithm not in jose.ALGORITHMS
