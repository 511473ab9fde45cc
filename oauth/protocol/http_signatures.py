"""HTTP message signatures (RFC 9421): the signature base, and who signed it.

Algorithms are those of the profile (PS256, ES256, Ed25519), known by the key and not by the message
(RFC 9421, 3.3.7): an `alg` parameter is taken only where it names the same thing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwk
from joserfc.jws import JWSRegistry

from oauth.protocol import jose
from oauth.protocol.structured_fields import FieldRefused, InnerList, Item, read_dictionary, written

MOST_COMPONENTS = 24
_DIGESTS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_BY_KIND = {"RSA": "PS256", "EC": "ES256", "OKP": "Ed25519"}
_NAMES = {"ES256": "ecdsa-p256-sha256", "Ed25519": "ed25519"}


class SignatureRefused(Exception):
    """The message is not signed as it must be; the text is for the developer."""


@dataclass(frozen=True, slots=True)
class Message:
    """What of an HTTP message can be signed; names of fields in lower case. A response knows its request."""

    method: str = ""
    target_uri: str = ""
    status: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    request: "Message | None" = None


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a message, by its label: what it covers, and its bytes."""

    label: str
    covered: InnerList
    value: bytes

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.covered.parameters

    @property
    def plain_components(self) -> frozenset[str]:
        """The names of the components that are covered as they are, without any parameter."""
        return frozenset(str(item.value) for item in self.covered.items if not item.parameters)


def find(message: Message, tag: str) -> Signature:
    """Return the one signature with this tag; raises SignatureRefused for none, two, or one without bytes."""
    try:
        inputs = read_dictionary(message.fields.get("signature-input", ""))
        values = read_dictionary(message.fields.get("signature", ""))
    except FieldRefused as refused:
        raise SignatureRefused(f"Signature-Input or Signature: {refused}") from refused
    found = [
        (label, covered)
        for label, covered in inputs.items()
        if isinstance(covered, InnerList) and covered.parameters.get("tag") == tag
    ]
    if len(found) != 1:
        raise SignatureRefused(f'There must be one signature with tag="{tag}".')
    label, covered = found[0]
    value = values.get(label)
    if not isinstance(value, Item) or not isinstance(value.value, bytes):
        raise SignatureRefused("Signature holds no bytes under the label of Signature-Input.")
    return Signature(label, covered, value.value)


def base_of(message: Message, covered: InnerList) -> str:
    """Return the signature base (RFC 9421, 2.5); raises SignatureRefused."""
    names = [str(item) for item in covered.items]
    if len(set(names)) != len(names) or len(names) > MOST_COMPONENTS:
        raise SignatureRefused("A component is covered twice, or there are too many.")
    lines = [f"{item}: {_value(message, item)}" for item in covered.items]
    return "\n".join([*lines, f'"@signature-params": {covered}'])


def sign(message: Message, covered: InnerList, key: jwk.Key) -> tuple[str, bytes]:
    """Return the base and the signature of a message."""
    base = base_of(message, covered)
    return base, _algorithm(key).sign(base.encode(), key)


def signer_of(signature: Signature, base: str, keys: list[jwk.Key]) -> jwk.Key:
    """Return the key that made a signature; raises SignatureRefused when none of these did."""
    named = signature.parameters.get("alg")
    for key in keys:
        is_meant = named is None or named == _NAMES.get(_BY_KIND[key.key_type])
        if is_meant and _holds(base, signature.value, key):
            return key
    raise SignatureRefused("The signature is by no registered key of this client.")


def digest_of(body: bytes) -> str:
    """Return the Content-Digest of a body (RFC 9530, 2)."""
    return f"sha-256={written(hashlib.sha256(body).digest())}"


def check_digest(field_value: str, body: bytes) -> None:
    """Raise SignatureRefused unless every digest the bank knows is that of the body, and it knows one."""
    try:
        told = read_dictionary(field_value)
    except FieldRefused as refused:
        raise SignatureRefused(f"Content-Digest: {refused}") from refused
    known = [(_DIGESTS[name], member) for name, member in told.items() if name in _DIGESTS]
    if not known or any(
        not isinstance(member, Item) or member.value != make(body).digest() for make, member in known
    ):
        raise SignatureRefused("Content-Digest must be the sha-256 or sha-512 of the body.")


def _holds(base: str, value: bytes, key: jwk.Key) -> bool:
    try:
        return bool(_algorithm(key).verify(base.encode(), value, key))
    except (ValueError, TypeError):
        return False


def _algorithm(key: jwk.Key) -> Any:
    name = _BY_KIND[key.key_type]
    if not jose.fits(key, name):
        raise SignatureRefused("The key is of a kind that is not supported.")
    return JWSRegistry.algorithms[name]


def _value(message: Message, item: Item) -> str:
    name, parameters = item.value, dict(item.parameters)
    if type(name) is not str or name != name.lower() or name == "@signature-params":
        raise SignatureRefused("A component is named by a string in lower case.")
    if parameters.pop("req", False) is True:
        if message.request is None:
            raise SignatureRefused("Only a response has components of its request.")
        message = message.request
    if name.startswith("@"):
        return _derived(message, name, parameters)
    return _field(message, name, parameters)


def _field(message: Message, name: str, parameters: dict[str, Any]) -> str:
    text = message.fields.get(name)
    if text is None:
        raise SignatureRefused(f"The field {name[:64]} is covered, and not there.")
    if not parameters:
        return text.strip()
    if set(parameters) != {"key"}:
        raise SignatureRefused("Of the parameters of a component only req and key are taken.")
    try:
        return str(read_dictionary(text)[str(parameters["key"])])
    except (FieldRefused, KeyError) as error:
        raise SignatureRefused(f"The field {name[:64]} has no such member.") from error


def _derived(message: Message, name: str, parameters: dict[str, Any]) -> str:
    if parameters:
        raise SignatureRefused("A derived component takes no parameter but req.")
    if name == "@status" and message.status is not None:
        return str(message.status)
    parts = urlsplit(message.target_uri)
    derived = {
        "@method": message.method,
        "@target-uri": message.target_uri,
        "@authority": parts.netloc.lower(),
        "@scheme": parts.scheme,
        "@path": parts.path or "/",
        "@query": f"?{parts.query}",
    }
    if message.status is not None or name not in derived:
        raise SignatureRefused(f"The component {name[:64]} is not taken here.")
    return derived[name]
