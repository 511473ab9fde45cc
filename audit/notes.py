# ruff: noqa: E501 - a signature is as long as it is
"""Signed heads of the log: C2SP tlog-checkpoint in a C2SP signed-note, signed with Ed25519.

harbour.bank/audit
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— harbour.bank/audit Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class NoteInvalid(ValueError):
    """A note is badly written, or not signed by the key it should be."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a note says: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a log's key: `name+hash+base64`, to be pinned by whoever checks the log."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Return the key written as a C2SP verifier key; raises NoteInvalid."""
        name, _, rest = text.strip().partition("+")
        key_hash, _, encoded = rest.partition("+")
        data = _unbase64(encoded)
        if data[:1] != _ED25519 or len(data) != 33 or not _NAME.fullmatch(name):
            raise NoteInvalid("not an Ed25519 verifier key")
        key = cls(name, data[1:])
        if key.id.hex() != key_hash:
            raise NoteInvalid("the verifier key's hash does not fit")
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The log's own key."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path, *, name: str) -> "SigningKey":
        """Return the key of a PKCS#8 PEM file; raises NoteInvalid when it is no Ed25519 key."""
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise NoteInvalid(f"{path.name} is not an Ed25519 key")
        return cls(name, key)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, head: Head) -> str:
        """Return the head as a signed note."""
        text = head.text()
        signature = base64.b64encode(self.verifier.id + self.private.sign(text.encode())).decode()
        return f"{text}\n\N{EM DASH} {self.name} {signature}\n"


def open_note(note: str, key: VerifierKey) -> Head:
    """Return what a note says once the key's signature on it is found good; raises NoteInvalid."""
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise NoteInvalid("not a signed note")
    text += "\n"
    for line in signatures.splitlines():
        if _signed_by(line, text, key):
            return _head(text)
    raise NoteInvalid("the note is not signed by the log's key")


def _signed_by(line: str, text: str, key: VerifierKey) -> bool:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if mark != "\N{EM DASH}" or name != key.name:
        return False
    data = _unbase64(encoded)
    if data[:4] != key.id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(data[4:], text.encode())
    except InvalidSignature:
        raise NoteInvalid("the log's signature is wrong") from None
    return True


def _head(text: str) -> Head:
    lines = text.split("\n")
    if len(lines) < 4 or not _SIZE.fullmatch(lines[1]):
        raise NoteInvalid("not a checkpoint")
    root = _unbase64(lines[2])
    if len(root) != hashlib.sha256().digest_size:
        raise NoteInvalid("the root is not a SHA-256 hash")
    return Head(lines[0], int(lines[1]), root)


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("not base64") from None
