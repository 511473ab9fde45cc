"""A reader of C2SP notes, checkpoints, cosignatures and proofs, written from the specifications alone.

It shares no line with audit/: what both accept is what the specifications say. The Merkle tree is the
recursion of RFC 6962, section 2.1, as it stands there, slow and plain.
"""

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NUMBER = re.compile("0|[1-9][0-9]*")
BASE64 = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class NotC2SP(AssertionError):
    """The text breaks a rule of its specification."""


def must(holds: object, rule: str) -> None:
    """Raise NotC2SP with the rule unless it holds."""
    if not holds:
        raise NotC2SP(rule)


def number(text: str) -> int:
    """Read an ASCII decimal without leading zeroes."""
    must(NUMBER.fullmatch(text), f"an ASCII decimal without leading zeroes: {text!r}")
    return int(text)


def bytes_of(text: str) -> bytes:
    """Read standard base64 (RFC 4648, section 4)."""
    must(BASE64.fullmatch(text), f"standard base64 with its padding: {text!r}")
    return base64.standard_b64decode(text)


@dataclass(frozen=True)
class Key:
    """A vkey: name, key id, algorithm byte and key."""

    name: str
    key_id: bytes
    algorithm: int
    key: bytes

    @classmethod
    def read(cls, vkey: str) -> "Key":
        """Read `<name>+<hex key id>+<base64 of algorithm and key>`."""
        name, key_id, encoded = vkey.split("+", 2)
        must(re.fullmatch("[0-9a-f]{8}", key_id), "a key id of eight hex digits")
        data = bytes_of(encoded)
        computed = hashlib.sha256(name.encode() + b"\x0a" + data).digest()[:4]
        must(computed.hex() == key_id, "key ID = SHA-256(name || 0x0A || type || key)[:4]")
        return cls(name, computed, data[0], data[1:])

    def check(self, signature: bytes, text: str) -> int | None:
        """Check one signature over a note's text; return a cosignature's time."""
        message, at = text.encode(), None
        if self.algorithm == 4:
            must(len(signature) == 72, "u64 timestamp and 64 bytes of Ed25519")
            at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            must(at < 2**63, "a timestamp below 2^63")
            message = b"cosignature/v1\n" + b"time %d\n" % at + message
        must(len(signature) == 64, "64 bytes of Ed25519")
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, message)
        except InvalidSignature:
            raise NotC2SP(f"a signature of {self.name} that verifies") from None
        return at


@dataclass(frozen=True)
class Note:
    """A signed note whose form is right."""

    text: str
    signatures: list[tuple[str, bytes, bytes]]

    @classmethod
    def read(cls, note: str) -> "Note":
        """Take a note apart by the rules of signed-note."""
        must(all(c == "\n" or ord(c) >= 0x20 for c in note), "no control characters but newline")
        at = note.rfind("\n\n")
        must(at >= 0 and note.endswith("\n"), "text, an empty line, signature lines")
        text, lines = note[: at + 1], note[at + 2 :].split("\n")[:-1]
        must(lines, "at least one signature")
        return cls(text, [cls._line(line) for line in lines])

    @staticmethod
    def _line(line: str) -> tuple[str, bytes, bytes]:
        parts = line.split(" ")
        must(len(parts) == 3 and parts[0] == "\u2014", "em dash, space, name, space, base64")
        name, data = parts[1], bytes_of(parts[2])
        must(name and "+" not in name, "a name, without plus")
        must(not any(unicodedata.category(c) == "Zs" for c in name), "a name without spaces")
        must(len(data) > 4, "a key id and a signature")
        return name, data[:4], data[4:]

    def times_signed_by(self, key: Key) -> list[int | None]:
        """Check each signature of a key and return their times."""
        own = [s for name, key_id, s in self.signatures if (name, key_id) == (key.name, key.key_id)]
        return [key.check(signature, self.text) for signature in own]


@dataclass(frozen=True)
class Checkpoint:
    """Origin, tree size, root hash."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """Read a note's text by the rules of tlog-checkpoint."""
        must(text.endswith("\n"), "lines that end")
        origin, size, root, *more = text[:-1].split("\n")
        must(origin and all(more), "non-empty lines")
        must(len(bytes_of(root)) == 32, "a SHA-256 root")
        return cls(origin, number(size), bytes_of(root))


@dataclass(frozen=True)
class Proof:
    """A tlog-proof whose form is right."""

    extra: bytes | None
    index: int
    path: list[bytes]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def read(cls, document: str) -> "Proof":
        """Read a proof by the rules of tlog-proof."""
        lines = document.split("\n")
        must(lines.pop(0) == "c2sp.org/tlog-proof@v1", "the first line")
        extra = bytes_of(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
        must(lines[0].startswith("index "), "the index line")
        index, path = number(lines.pop(0)[6:]), []
        while lines[0]:
            path.append(bytes_of(lines.pop(0)))
        note = Note.read("\n".join(lines[1:]))
        must(all(len(digest) == 32 for digest in path), "SHA-256 hashes")
        return cls(extra, index, path, note, Checkpoint.read(note.text))

    def check(self, leaf: bytes) -> None:
        """Rebuild the root from the leaf, its sibling's hash first (RFC 6962, section 2.1.1)."""
        must(self.index < self.checkpoint.size, "an index in the tree")
        steps = list(self.path)
        node = _climb(sha(b"\x00" + leaf), self.index, self.checkpoint.size, steps)
        must(not steps and node == self.checkpoint.root, "a path to the root")


def _climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Undo PATH(m, D[n]): the last hash of the path is the other half of the whole tree."""
    if size == 1:
        return leaf
    must(path, "a hash for each level")
    half, other = split(size), path.pop()
    if index < half:
        return sha(b"\x01" + _climb(leaf, index, half, path) + other)
    return sha(b"\x01" + other + _climb(leaf, index - half, size - half, path))


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0])
    half = split(len(leaves))
    return sha(b"\x01" + tree_hash(leaves[:half]) + tree_hash(leaves[half:]))


def consistency(old: int, leaves: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962, section 2.1.2."""
    return _subproof(old, leaves, True)


def _subproof(m: int, leaves: list[bytes], complete: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if complete else [tree_hash(leaves)]
    half = split(len(leaves))
    if m <= half:
        return [*_subproof(m, leaves[:half], complete), tree_hash(leaves[half:])]
    return [*_subproof(m - half, leaves[half:], False), tree_hash(leaves[:half])]


def split(size: int) -> int:
    """Return the largest power of two smaller than the size."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def sha(data: bytes) -> bytes:
    """Return SHA-256."""
    return hashlib.sha256(data).digest()
