"""A passkey in software: what a device answers to WebAuthn options, written from the specification."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

from tests.support.fapi_client import base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    """A key on a device, for one login at one bank."""

    origin: str
    host: str = "testserver"
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str = ""
    counter: int = 0
    flags: int = PRESENT | VERIFIED

    def create(self, options: dict[str, Any]) -> str:
        """Answer to `navigator.credentials.create`, with no attestation."""
        self.user_handle = options["user"]["id"]
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + self._public_key()
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": base64url(self._client_data("webauthn.create", options["challenge"])),
                "attestationObject": base64url(attestation),
            }
        )

    def get(self, options: dict[str, Any]) -> str:
        """Answer to `navigator.credentials.get`."""
        said = self._client_data("webauthn.get", options["challenge"])
        data = self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": base64url(said),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
                "userHandle": self.user_handle,
            }
        )

    def _answer(self, response: dict[str, str]) -> str:
        id_ = base64url(self.id)
        extensions = {"credProps": {"rk": True}}
        return json.dumps(
            {
                "id": id_,
                "rawId": id_,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": extensions,
            }
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})
