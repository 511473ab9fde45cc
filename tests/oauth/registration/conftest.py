"""A developer's program that registers apps over HTTP."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from joserfc import jwt

from tests.support.fapi_client import DjangoTransport, FapiClient, Reply, new_key

HOME = "https://app.example"


@dataclass
class Registrar:
    """Speaks RFC 7591 and RFC 7592."""

    transport: DjangoTransport

    def document(self, **metadata: Any) -> dict[str, Any]:
        """Return sound metadata; a member given as None is left out."""
        said = {
            "client_name": "Piggy",
            "redirect_uris": [f"{HOME}/callback"],
            "scope": "openid accounts:read balances:read",
            "jwks": {"keys": [new_key().as_dict(private=False)]},
            "purpose": "Show your spending.",
            **metadata,
        }
        return {name: value for name, value in said.items() if value is not None}

    def send(
        self, method: str, url: str, body: Any = None, token: str | None = None, **headers: str
    ) -> Reply:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json", **headers}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        return self.transport.send(method, url, given, raw)

    def register(self, token: str | None = None, **metadata: Any) -> Reply:
        return self.send("POST", f"{settings.PUBLIC_ORIGIN}/oauth/register", self.document(**metadata), token)

    def registered(self, **metadata: Any) -> dict[str, Any]:
        answered = self.register(**metadata)
        assert answered.status == 201, answered.text
        return dict(answered.json)

    def manage(self, method: str, known: dict[str, Any], body: Any = None, token: str | None = None) -> Reply:
        return self.send(
            method, known["registration_client_uri"], body, token or known["registration_access_token"]
        )

    def client(self, **metadata: Any) -> FapiClient:
        """Register an app and return the client that can use it."""
        key = new_key()
        known = self.registered(jwks={"keys": [key.as_dict(private=False)]}, **metadata)
        return FapiClient(self.transport, known["client_id"], key, known["redirect_uris"][0])


class Directory:
    """Somebody who vouches for apps."""

    issuer = "https://directory.example"

    def __init__(self) -> None:
        self.key = new_key()

    def statement(self, *, key: Any = None, algorithm: str = "ES256", **claims: Any) -> str:
        """Return a signed software statement; a claim given as None is left out."""
        said = {
            "iss": self.issuer,
            "iat": int(time.time()),
            "client_name": "Vouched",
            "redirect_uris": ["https://vouched.example/callback"],
            "software_id": "vouched-1",
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        signer = key or self.key
        return jwt.encode({"alg": algorithm, "kid": self.key.kid}, said, signer, algorithms=[algorithm])

    def write(self, path: Path) -> str:
        path.write_text(json.dumps({self.issuer: {"keys": [self.key.as_dict(private=False)]}}))
        return str(path)


@pytest.fixture
def registrar(db: None) -> Registrar:
    return Registrar(DjangoTransport(settings.PUBLIC_ORIGIN))


@pytest.fixture
def production(settings: Any) -> Any:
    """What the endpoints know of the environment."""
    settings.SANDBOX, settings.PRODUCTION = False, True
    return settings
