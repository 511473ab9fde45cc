"""HTTP message signatures (RFC 9421) as this rail wants them: one shape, Ed25519, nothing to choose.

Written apart from the bank's: two programs that agree on a text have both read the RFC.
"""

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TAG = "rail-message"
OLDEST_SECONDS = 60
_REQUEST = '("@method" "@authority" "@path" "@query" "content-digest")'
_ANSWER = '("@status" "content-digest" "signature";req;key="sig")'
_INPUT = re.compile(
    rf'sig=({re.escape(_REQUEST)};created=([0-9]{{1,12}});keyid="([\w.-]{{1,64}})";tag="{TAG}")', re.ASCII
)
_VALUE = re.compile(r"sig=(:[A-Za-z0-9+/=]{1,128}:)", re.ASCII)


class NotSigned(Exception):
    """The message is not signed by whom it must be."""


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request is signed."""

    method: str
    authority: str
    path: str
    query: str
    body: bytes


class Key:
    """The rail's own key, made once and kept in its folder; the public half lies beside it as a JWK Set."""

    def __init__(self, folder: Path) -> None:
        file = folder / "key"
        if not file.exists():
            _write_private(file, base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
        self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(file.read_bytes()))
        public = self._key.public_key().public_bytes_raw()
        self.id = f"rail-{hashlib.sha256(public).hexdigest()[:8]}"
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": _url64(public), "kid": self.id, "use": "sig"}
        (folder / "keys.json").write_text(json.dumps({"keys": [jwk]}) + "\n")

    def sign_request(self, request: Request) -> dict[str, str]:
        """Return the headers that sign a request."""
        return self._headers(_REQUEST, _request_lines(request), request.body)

    def sign_answer(self, status: int, body: bytes, *, to_signature: str) -> dict[str, str]:
        """Return the headers that sign an answer, bound to the signature of the request it answers."""
        lines = [
            f'"@status": {status}',
            f'"content-digest": {digest(body)}',
            f'"signature";req;key="sig": {to_signature}',
        ]
        return self._headers(_ANSWER, lines, body)

    def _headers(self, covered: str, lines: list[str], body: bytes) -> dict[str, str]:
        parameters = f'{covered};created={int(time.time())};keyid="{self.id}";tag="{TAG}"'
        base = "\n".join([*lines, f'"@signature-params": {parameters}'])
        value = base64.b64encode(self._key.sign(base.encode())).decode()
        return {
            "Content-Digest": digest(body),
            "Signature-Input": f"sig={parameters}",
            "Signature": f"sig=:{value}:",
        }


def check(request: Request, headers: Message, keys_file: Path) -> str:
    """Return the signature of a request by a member of this rail; raises NotSigned."""
    told = _INPUT.fullmatch(headers.get("Signature-Input", ""))
    value = _VALUE.fullmatch(headers.get("Signature", ""))
    if not told or not value or headers.get("Content-Digest") != digest(request.body):
        raise NotSigned("no signature of the shape this rail wants, or another body")
    if abs(time.time() - int(told[2])) > OLDEST_SECONDS:
        raise NotSigned("signed too long ago, or in the future")
    base = "\n".join([*_request_lines(request), f'"@signature-params": {told[1]}'])
    try:
        _member(keys_file, told[3]).verify(base64.b64decode(value[1].strip(":")), base.encode())
    except (InvalidSignature, ValueError) as error:
        raise NotSigned("not signed by a member") from error
    return value[1]


def digest(body: bytes) -> str:
    """Return the Content-Digest of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _request_lines(request: Request) -> list[str]:
    return [
        f'"@method": {request.method}',
        f'"@authority": {request.authority}',
        f'"@path": {request.path}',
        f'"@query": ?{request.query}',
        f'"content-digest": {digest(request.body)}',
    ]


def _member(keys_file: Path, key_id: str) -> Ed25519PublicKey:
    """Return a member's key; the file is read anew, because keys are replaced."""
    for key in json.loads(keys_file.read_text())["keys"]:
        if key.get("kid") == key_id and key.get("crv") == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    raise NotSigned("no such member")


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(data)
