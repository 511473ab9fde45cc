# ruff: noqa: E501 - a signature is as long as it is
"""Signed notes, checkpoints and cosignatures, as C2SP writes them (signed-note, tlog-checkpoint, tlog-cosignature).

harbour.bank/audit
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— harbour.bank/audit Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ED25519, COSIGNATURE = 0x01, 0x04  # signature types (signed-note)
LATEST_TIME = 2**63 - 1
MOST_SIGNATURES = 64
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH = "\N{EM DASH}"


class NoteInvalid(ValueError):
    """A note is badly written, or not signed by the key it should be."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Return the head a note's text says (tlog-checkpoint); extension lines are passed by; raises NoteInvalid."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):
            raise NoteInvalid("not a checkpoint")
        root = unbase64(lines[2])
        if len(root) != hashlib.sha256().digest_size:
            raise NoteInvalid("the root is not a SHA-256 hash")
        return cls(lines[0], int(lines[1]), root)

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key: of a log (Ed25519 over the text) or of a witness (over the text and the time)."""

    name: str
    public: bytes
    type: int = ED25519

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Return the key written as a C2SP verifier key, `name+id+base64`; raises NoteInvalid."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = unbase64(encoded)
        if len(data) != 33 or data[0] not in (ED25519, COSIGNATURE) or not _NAME.fullmatch(name):
            raise NoteInvalid("not an Ed25519 verifier key")
        key = cls(name, data[1:], data[0])
        if key.id.hex() != key_id:
            raise NoteInvalid("the verifier key's id does not fit")
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def verifies(self, signature: bytes, text: str) -> bool:
        """Return whether a signature (without the key's id) is this key's over a note's text."""
        message = text.encode()
        if self.type == COSIGNATURE:
            at, signature = int.from_bytes(signature[:8]), signature[8:]
            message = cosigned_message(text, at)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return self.type == ED25519 or at <= LATEST_TIME

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key: the log's own, or (type COSIGNATURE) a witness's."""

    name: str
    private: Ed25519PrivateKey
    type: int = ED25519

    @classmethod
    def read(cls, path: Path, *, name: str, type: int = ED25519) -> "SigningKey":  # noqa: A002 - as in the key
        """Return the key of a PKCS#8 PEM file; raises NoteInvalid when it is no Ed25519 key."""
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise NoteInvalid(f"{path.name} is not an Ed25519 key")
        return cls(name, key, type)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw(), self.type)

    def sign(self, head: Head) -> str:
        """Return the head as a signed note."""
        return sign_note(head, [self])

    def line(self, text: str) -> str:
        """Return the signature line of a log over a note's text."""
        return self._line(self.private.sign(text.encode()))

    def cosign(self, text: str, at: int) -> str:
        """Return the signature line of a witness: this consistent head was the largest seen, at this second."""
        return self._line(at.to_bytes(8) + self.private.sign(cosigned_message(text, at)))

    def _line(self, signature: bytes) -> str:
        return f"{_DASH} {self.name} {base64.b64encode(self.verifier.id + signature).decode()}\n"


def cosigned_message(text: str, at: int) -> bytes:
    """Return what a witness signs (tlog-cosignature, Ed25519)."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def sign_note(head: Head, keys: Sequence[SigningKey]) -> str:
    """Return the head as a note with a signature of each key: two while a key is being replaced."""
    text = head.text()
    return f"{text}\n{''.join(key.line(text) for key in keys)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note, taken apart but not believed: its text, and its signatures by key name and key id."""

    text: str
    lines: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Take a note apart (signed-note); raises NoteInvalid when it is not one to the letter."""
        body, separator, lines = note.rpartition("\n\n")
        if not separator or not lines.endswith("\n") or _CONTROL.search(note):
            raise NoteInvalid("not a signed note")
        written = lines[:-1].split("\n")
        if len(written) > MOST_SIGNATURES:
            raise NoteInvalid("a note with too many signatures")
        return cls(f"{body}\n", lines, tuple(_signature(line) for line in written))

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Return whether this key signed; raises NoteInvalid for a signature in its name that is not its."""
        found = [
            signature for name, key_id, signature in self.signatures if (name, key_id) == (key.name, key.id)
        ]
        if not all(key.verifies(signature, self.text) for signature in found):
            raise NoteInvalid(f"the signature of {key.name} is wrong")
        return bool(found)


def open_note(note: str, *keys: VerifierKey) -> Head:
    """Return what a checkpoint says once one of these keys is found to have signed it; raises NoteInvalid."""
    taken = Note.parse(note)
    signed = [taken.is_signed_by(key) for key in keys]  # each: a wrong signature is never passed by
    if not any(signed):
        raise NoteInvalid("the note is not signed by the log's key")
    return Head.parse(taken.text)


def unbase64(text: str) -> bytes:
    """Return the bytes of standard base64, written in its one canonical way; raises NoteInvalid."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise NoteInvalid("not base64 as it is written")
    return data


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    data = unbase64(encoded)
    if dash != _DASH or not _NAME.fullmatch(name) or len(data) < 5:
        raise NoteInvalid("not a signature line")
    return name, data[:4], data[4:]
