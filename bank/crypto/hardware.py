"""Wraps master keys with a key that never leaves a PKCS#11 token.

`python -m bank.crypto.hardware wrap|unwrap URI` reads a ring on standard input and writes it to standard
output, each key sealed or opened by the token's own AES-GCM, bound to its id and day. The URI (RFC 7512)
names token, key, module and where the PIN is:

    pkcs11:token=bank;object=master-kek?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin

`make` puts a new AES-256 key of that name into the token; it can be neither read nor exported.
"""

import base64
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass, Session

_NONCE_BYTES = 12
_TAG_BITS = 128
_SEALED_BY_TOKEN: dict[Attribute, object] = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.MODIFIABLE: False,
}


class TokenRefused(Exception):
    """The token, its key or the request is not as it should be."""


def main(arguments: list[str]) -> int:
    """Do what is asked and return the exit status; what is wrong is one line on standard error."""
    if len(arguments) != 2 or arguments[0] not in _ACTIONS:
        print("usage: wrap|unwrap|make pkcs11:…", file=sys.stderr)  # noqa: T201 - a command's words
        return 2
    try:
        sys.stdout.write(_ACTIONS[arguments[0]](_address(arguments[1])))
    except (TokenRefused, OSError, pkcs11.PKCS11Error) as error:
        print(str(error) or type(error).__name__, file=sys.stderr)  # noqa: T201 - a command's words
        return 1
    return 0


def _wrap(address: dict[str, str]) -> str:
    return _each_line(address, _encrypt)


def _unwrap(address: dict[str, str]) -> str:
    return _each_line(address, _decrypt)


def _make(address: dict[str, str]) -> str:
    with _session(address) as session:
        session.generate_key(KeyType.AES, 256, label=address["object"], store=True, template=_SEALED_BY_TOKEN)
    return ""


_ACTIONS: dict[str, Callable[[dict[str, str]], str]] = {"wrap": _wrap, "unwrap": _unwrap, "make": _make}


def _each_line(address: dict[str, str], change: Callable[[Any, bytes, bytes], bytes]) -> str:
    """Return the lines of standard input with the middle part of each changed by the token's key."""
    changed = []
    with _session(address) as session:
        key = _key(session, address["object"])
        for line in filter(None, sys.stdin.read().split()):
            key_id, content, day = _parts(line)
            box = base64.b64encode(change(key, content, f"bank master key {key_id}:{day}".encode())).decode()
            changed.append(f"{key_id}:{box}" + (f":{day}" if day else ""))
    return "".join(f"{line}\n" for line in changed)


def _parts(line: str) -> tuple[str, bytes, str]:
    try:
        key_id, content, day = (*line.split(":"), "")[:3]
        return key_id, base64.b64decode(content, validate=True), day
    except ValueError:
        raise TokenRefused("a line is id:base64, and a date behind it or none") from None


def _encrypt(key: Any, secret: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + bytes(key.encrypt(secret, **_gcm(nonce, aad)))


def _decrypt(key: Any, box: bytes, aad: bytes) -> bytes:
    try:
        return bytes(key.decrypt(box[_NONCE_BYTES:], **_gcm(box[:_NONCE_BYTES], aad)))
    except pkcs11.PKCS11Error:
        raise TokenRefused("a wrapped key was changed, or another token wrapped it") from None


def _gcm(nonce: bytes, aad: bytes) -> dict[str, object]:
    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(nonce, aad, _TAG_BITS)}


def _session(address: dict[str, str]) -> Session:
    token = pkcs11.lib(address["module-path"]).get_token(token_label=address["token"])
    pin = Path(address["pin-source"].removeprefix("file:")).read_text().strip()
    return token.open(rw=True, user_pin=pin)


def _key(session: Session, label: str) -> Any:
    found = session.get_key(object_class=ObjectClass.SECRET_KEY, label=label)
    if found[Attribute.EXTRACTABLE]:
        raise TokenRefused("the token's key can be exported: make one that cannot")
    return found


def _address(uri: str) -> dict[str, str]:
    """Return the attributes of a PKCS#11 URI; raises TokenRefused unless it names all that is needed."""
    scheme, _, rest = uri.partition(":")
    path, _, query = rest.partition("?")
    parts = [part.partition("=") for part in (*path.split(";"), *query.split("&"))]
    address = {name: unquote(value) for name, _, value in parts}
    if scheme != "pkcs11" or not {"token", "object", "module-path", "pin-source"} <= set(address):
        raise TokenRefused("a token is pkcs11:token=…;object=…?module-path=…&pin-source=file:…")
    return address


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
