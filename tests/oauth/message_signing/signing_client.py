"""What an app that signs its messages does besides, written from the RFCs."""

import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwk, jws

from tests.support.fapi_client import FapiClient, Reply, algorithm_of, sign


def request_object(
    client: FapiClient, header: Mapping[str, Any] | None = None, key: Any = None, **claims: Any
) -> str:
    """Return a signed request object; a member given as None is left out."""
    now = int(time.time())
    signing = key or client.key
    said = {
        "iss": client.client_id,
        "aud": client.issuer,
        "nbf": now,
        "exp": now + 300,
        "jti": secrets.token_urlsafe(8),
        **client.request(),
        **claims,
    }
    described = {
        "alg": algorithm_of(signing), "kid": client.key.kid, "typ": "oauth-authz-req+jwt", **(header or {})
    }  # fmt: skip
    return sign(without_none(described), without_none(said), signing)


def push(client: FapiClient, text: str, **beside: str) -> Reply:
    """Push a request object, with what else stands in the form."""
    return client.post("/oauth/par", {"client_id": client.client_id, "request": text, **beside})


def opened(text: str, jwks: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a JWT after its signature was checked with the bank's published keys."""
    header = _header(text)
    (key,) = [member for member in jwks["keys"] if member["kid"] == header["kid"]]
    checked = jws.deserialize_compact(text, jwk.import_key(key), algorithms=["PS256", "ES256"])
    return header, json.loads(checked.payload)


def _header(text: str) -> dict[str, Any]:
    part = text.split(".", maxsplit=1)[0]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
