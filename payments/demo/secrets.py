"""What only this installation's demo knows: passwords, one-time-code secrets, the apps' private keys."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from payments.demo.people import CLIENTS, PEOPLE, STAFF


def read_or_make(path: Path, *, piggy_origin: str) -> dict[str, Any]:
    """Return the secrets in the file, made and written first when it does not exist."""
    if path.exists():
        known: dict[str, Any] = json.loads(path.read_text())
        return known
    made = {
        "users": {p.username: _login(p.username, second_factor=p.has_second_factor) for p in PEOPLE},
        "staff": {name: _login(name, second_factor=True) for name in STAFF},
        "clients": {
            c.key: _client(c.key, " ".join(c.scopes), redirect_uri_of(c.key, piggy_origin)) for c in CLIENTS
        },
        "api_keys": {},
    }
    write(path, made)
    return made


def write(path: Path, content: dict[str, Any]) -> None:
    """Write the file whole, readable by its owner only."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    draft.replace(path)


def _login(username: str, *, second_factor: bool) -> dict[str, Any]:
    totp = base64.b32encode(secrets.token_bytes(20)).decode() if second_factor else None
    return {"username": username, "password": secrets.token_urlsafe(12), "totp_secret": totp}


def _client(key: str, scope: str, redirect_uri: str) -> dict[str, Any]:
    private = ECKey.generate_key("P-256", parameters={"alg": "ES256", "use": "sig"}, auto_kid=True)
    return {
        "client_id": f"{key.replace('_', '-')}-{secrets.token_hex(6)}",
        "token_endpoint_auth_method": "private_key_jwt",
        "private_jwk": private.as_dict(private=True),
        "redirect_uri": redirect_uri,
        "scope": scope,
    }


def redirect_uri_of(key: str, piggy_origin: str) -> str:
    """Return where an app of the demo is sent back to; only Piggy really runs."""
    return (
        f"{piggy_origin}/callback" if key == "piggy" else f"https://{key.replace('_', '-')}.example/callback"
    )
