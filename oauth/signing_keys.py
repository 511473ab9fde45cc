"""The keys the bank signs ID tokens and other facts with, one at a time for PS256 and one for ES256.

`OAUTH_SIGNING_KEYS` is the path of a file that holds a private JWK Set, or the set itself. The file is made
by `manage.py generate_oauth_keys` and renewed by `manage.py rotate_oauth_keys`; processes read it again when
it changes. `nbf` says from when a key signs, `exp` until when it is published (as in OpenID Federation 1.0,
8.7.2): a new key is published before it signs, and an old one stays until what it signed is over.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc import jwk
from joserfc.errors import JoseError

from bank.crypto.facts import KeyFact

SIGNING_ALGORITHMS = ("PS256", "ES256")
_PUBLIC_MEMBERS = ("kty", "use", "alg", "kid", "n", "e", "crv", "x", "y")
_TIMES = ("nbf", "exp")
_FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its times, in UNIX seconds."""

    key: jwk.Key
    signs_from: float
    published_until: float

    def signs(self, algorithm: str, now: float) -> bool:
        """Return whether the key may sign by an algorithm now."""
        return self.key.alg == algorithm and self.signs_from <= now < self.published_until


def generate() -> dict[str, Any]:
    """Return a new private JWK Set: RSA of 3072 bits for PS256, P-256 for ES256. Each kid is a thumbprint."""
    return {"keys": [_new_key("RSA", 3072, "PS256"), _new_key("EC", "P-256", "ES256")]}


def signing_key(algorithm: str) -> jwk.Key:
    """Return the newest private key that signs by an algorithm now; raises ImproperlyConfigured."""
    now = time.time()
    usable = [known for known in all_keys() if known.signs(algorithm, now)]
    if not usable:
        raise ImproperlyConfigured(f"OAUTH_SIGNING_KEYS holds no key for {algorithm}")
    return max(usable, key=lambda known: known.signs_from).key


def public_jwks() -> dict[str, list[dict[str, Any]]]:
    """Return the public JWK Set; private members are not filtered out but never copied in (RFC 7517)."""
    now = time.time()
    keys = [known.key.as_dict(private=False) for known in all_keys() if now < known.published_until]
    return {"keys": [{name: key[name] for name in _PUBLIC_MEMBERS if name in key} for key in keys]}


def all_keys() -> tuple[SigningKey, ...]:
    """Return every key of the set, those that do not sign now too; raises ImproperlyConfigured."""
    source = settings.OAUTH_SIGNING_KEYS
    if source.lstrip().startswith("{"):
        return _parsed(source)
    try:
        file = Path(source).stat()
        return _read(source, (file.st_mtime_ns, file.st_ino, file.st_size))
    except OSError as error:
        raise ImproperlyConfigured("OAUTH_SIGNING_KEYS holds no readable private JWK Set") from error


def facts() -> list[KeyFact]:
    """Return what the inventory says of these keys; none where this process has none."""
    return [_fact(known, time.time()) for known in all_keys()] if settings.OAUTH_SIGNING_KEYS else []


def renewed(jwks: dict[str, Any], *, now: int, signs_in: int, overlap: int) -> dict[str, Any]:
    """Return the set with a new key for each algorithm, which signs after `signs_in` seconds.

    The keys there were stay published for `overlap` seconds more; those whose time is over are left out.
    """
    begins = now + signs_in
    kept = [key for key in jwks["keys"] if now < key.get("exp", _FOR_EVER)]
    ending = [{**key, "exp": min(key.get("exp", _FOR_EVER), begins + overlap)} for key in kept]
    return {"keys": ending + [{**key, "nbf": begins} for key in generate()["keys"]]}


def under_way(jwks: dict[str, Any], *, now: int) -> bool:
    """Return whether a key of the set waits for its time to sign."""
    return any(now < key.get("nbf", 0) for key in jwks["keys"])


def _fact(known: SigningKey, now: float) -> KeyFact:
    algorithm = str(known.key.alg)
    state = "signs" if known.signs(algorithm, now) else "waits" if now < known.signs_from else "verifies"
    since = datetime.fromtimestamp(known.signs_from, UTC).date() if known.signs_from else None
    return KeyFact("ID tokens", str(known.key.kid), algorithm, state, since)


@lru_cache(maxsize=4)
def _read(path: str, version: tuple[int, ...]) -> tuple[SigningKey, ...]:
    return _parsed(Path(path).read_text())


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[SigningKey, ...]:
    try:
        keys = tuple(_imported(member) for member in json.loads(text)["keys"])
    except (ValueError, KeyError, TypeError, AttributeError, JoseError) as error:
        raise ImproperlyConfigured("OAUTH_SIGNING_KEYS holds no readable private JWK Set") from error
    _check_named(known.key for known in keys)
    return keys


def _imported(member: dict[str, Any]) -> SigningKey:
    key = jwk.import_key({name: value for name, value in member.items() if name not in _TIMES})
    return SigningKey(key, float(member.get("nbf", 0)), float(member.get("exp", _FOR_EVER)))


def _check_named(keys: Iterable[jwk.Key]) -> None:
    keys = list(keys)
    if len({key.kid for key in keys}) != len(keys) or not all(key.is_private and key.kid for key in keys):
        raise ImproperlyConfigured("OAUTH_SIGNING_KEYS needs private keys, each with a kid of its own")


def _new_key(kind: str, size: int | str, algorithm: str) -> dict[str, Any]:
    key = jwk.generate_key(kind, size, {"use": "sig", "alg": algorithm})  # type: ignore[call-overload]
    return {**key.as_dict(private=True), "kid": key.thumbprint()}
