"""Signatures on what the bank and the rail say to each other (RFC 9421): each message by its sender's key."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from joserfc import jwk

from oauth.protocol import http_signatures, jose
from oauth.protocol.http_signatures import Message, Signature, SignatureRefused
from oauth.protocol.structured_fields import InnerList, Item, written

TAG = "rail-message"
OLDEST_SECONDS = 60
_REQUEST = ("@method", "@authority", "@path", "@query", "content-digest")
_ANSWER = frozenset({"@status", "content-digest"})


def generate_key(path: Path) -> None:
    """Write a new private key of the bank's, and its public half beside it (`….pub`, a JWK Set)."""
    key = jwk.OKPKey.generate_key("Ed25519")
    named = {**key.as_dict(private=True), "kid": f"bank-{key.thumbprint()[:8]}", "use": "sig"}
    public = {name: value for name, value in named.items() if name != "d"}
    path.touch(mode=0o600)
    path.write_text(json.dumps(named))
    path.with_name(f"{path.name}.pub").write_text(json.dumps({"keys": [public]}))


def headers_for(method: str, url: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a request of the bank's."""
    key = jwk.import_key(json.loads(Path(settings.RAIL_SIGNING_KEY_FILE).read_text()))
    digest = http_signatures.digest_of(body)
    covered = InnerList(
        tuple(Item(name) for name in _REQUEST),
        {"created": int(time.time()), "keyid": str(key.kid), "tag": TAG},
    )
    message = Message(method, url, fields={"content-digest": digest})
    _, value = http_signatures.sign(message, covered, key)
    return {
        "Content-Digest": digest,
        "Signature-Input": f"sig={covered}",
        "Signature": f"sig={written(value)}",
    }


def check_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, to: Message, now: float | None = None
) -> None:
    """Raise SignatureRefused unless the rail signed this answer, to this request."""
    fields = {name.lower(): value for name, value in headers.items()}
    answer = Message(status=status, fields=fields, request=to)
    signature = http_signatures.find(answer, TAG)
    bound = any(str(item) == '"signature";req;key="sig"' for item in signature.covered.items)
    if not bound or not signature.plain_components >= _ANSWER:
        raise SignatureRefused("The answer's signature does not cover what it must.")
    _check(answer, signature, body, now)


def check_request(message: Message, body: bytes, *, now: float | None = None) -> None:
    """Raise SignatureRefused unless the rail signed this request, just now."""
    signature = http_signatures.find(message, TAG)
    if not signature.plain_components >= set(_REQUEST):
        raise SignatureRefused("The signature does not cover what it must.")
    _check(message, signature, body, now)


def _check(message: Message, signature: Signature, body: bytes, now: float | None) -> None:
    created = signature.parameters.get("created")
    if type(created) is not int or abs((now or time.time()) - created) > OLDEST_SECONDS:
        raise SignatureRefused("created must be there, and just now.")
    http_signatures.check_digest(message.fields.get("content-digest", ""), body)
    base = http_signatures.base_of(message, signature.covered)
    named = signature.parameters.get("keyid")
    http_signatures.signer_of(signature, base, [key for key in _rails_keys() if key.kid == named])


def _rails_keys() -> list[jwk.Key]:
    """Return the rail's public keys; the file is read anew, because keys are replaced."""
    try:
        return jose.public_keys(json.loads(Path(settings.RAIL_KEYS_FILE).read_text()))
    except (OSError, ValueError) as error:
        raise SignatureRefused("The rail's keys cannot be read.") from error
