"""The keys the bank signs ID tokens with, one for PS256 and one for ES256, from the environment.

`OAUTH_SIGNING_KEYS` is the path of a file that holds a private JWK Set, or the set itself. The file is made
by `manage.py generate_oauth_keys --out FILE`.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc import jwk
from joserfc.errors import JoseError

SIGNING_ALGORITHMS = ("PS256", "ES256")
_PUBLIC_MEMBERS = ("kty", "use", "alg", "kid", "n", "e", "crv", "x", "y")


def generate() -> dict[str, Any]:
    """Return a new private JWK Set: RSA of 3072 bits for PS256, P-256 for ES256. Each kid is a thumbprint."""
    return {"keys": [_new_key("RSA", 3072, "PS256"), _new_key("EC", "P-256", "ES256")]}


def signing_key(algorithm: str) -> jwk.Key:
    """Return the private key for an algorithm; raises ImproperlyConfigured when there is none."""
    for key in _load(settings.OAUTH_SIGNING_KEYS):
        if key.alg == algorithm:
            return key
    raise ImproperlyConfigured(f"OAUTH_SIGNING_KEYS holds no key for {algorithm}")


def public_jwks() -> dict[str, list[dict[str, Any]]]:
    """Return the public JWK Set; private members are not filtered out but never copied in (RFC 7517)."""
    keys = [key.as_dict(private=False) for key in _load(settings.OAUTH_SIGNING_KEYS)]
    return {"keys": [{name: key[name] for name in _PUBLIC_MEMBERS if name in key} for key in keys]}


@lru_cache(maxsize=4)
def _load(source: str) -> tuple[jwk.Key, ...]:
    try:
        text = source if source.lstrip().startswith("{") else Path(source).read_text()
        keys = tuple(jwk.import_key(dict(member)) for member in json.loads(text)["keys"])
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        raise ImproperlyConfigured("OAUTH_SIGNING_KEYS holds no readable private JWK Set") from error
    if len({key.kid for key in keys}) != len(keys) or not all(key.is_private and key.kid for key in keys):
        raise ImproperlyConfigured("OAUTH_SIGNING_KEYS needs private keys, each with a kid of its own")
    return keys


def _new_key(kind: str, size: int | str, algorithm: str) -> dict[str, Any]:
    key = jwk.generate_key(kind, size, {"use": "sig", "alg": algorithm})  # type: ignore[call-overload]
    return {**key.as_dict(private=True), "kid": key.thumbprint()}
