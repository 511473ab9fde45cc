"""Checking the bank's log without trusting the bank: RFC 9162 inclusion, C2SP proofs and signed notes."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from examples.tour.telling import NotAsPromised, expect

ED25519 = b"\x01"


@dataclass(frozen=True)
class Checkpoint:
    """How the log stood: its name, how many events it held, and the root over all of them."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Proof:
    """That one event is in the log: where, the way up to the root, and the checkpoint it leads to."""

    index: int
    path: list[bytes]
    checkpoint: Checkpoint


def read_proof(document: str) -> Proof:
    """Read a .tlog-proof (c2sp.org/tlog-proof)."""
    head, _, note = document.partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    expect(lines[0] == "c2sp.org/tlog-proof@v1", "a c2sp.org/tlog-proof@v1 document", lines[0])
    expect(lines[1].startswith("index "), "the event's index", lines[1])
    index, path = int(lines[1].removeprefix("index ")), [_bytes(line) for line in lines[2:]]
    return Proof(index, path, read_checkpoint(note))


def read_checkpoint(note: str) -> Checkpoint:
    """Read a checkpoint (c2sp.org/tlog-checkpoint) in its signed note (c2sp.org/signed-note)."""
    body, _, signatures = note.rpartition("\n\n")
    origin, size, root, *_ = body.split("\n")
    signed_by = tuple(_signature(line) for line in signatures.splitlines())
    return Checkpoint(body + "\n", origin, int(size), _bytes(root), signed_by)


def check_inclusion(proof: Proof, leaf: bytes) -> None:
    """Walk from the leaf up to the checkpoint's root (RFC 9162 §2.1.3.2); raises NotAsPromised."""
    index, last = proof.index, proof.checkpoint.size - 1
    expect(0 <= index <= last, f"an index below {last + 1}", index)
    node = hashlib.sha256(b"\x00" + leaf).digest()
    for sibling in proof.path:
        expect(last > 0, "no more hashes than the tree is high", len(proof.path))
        if index & 1 or index == last:
            node = _parent(sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = _parent(node, sibling)
        index, last = index >> 1, last >> 1
    expect(last == 0 and node == proof.checkpoint.root, f"root {proof.checkpoint.root.hex()}", node.hex())


def check_signature(checkpoint: Checkpoint, verifier_key: str) -> None:
    """Check the log's own signature with its published key, `name+id+base64`; raises NotAsPromised."""
    name, _, encoded = verifier_key.split("+", 2)
    key = _bytes(encoded).removeprefix(ED25519)
    key_id = hashlib.sha256(name.encode() + b"\n" + ED25519 + key).digest()[:4]
    signed = [blob[4:] for signer, blob in checkpoint.signatures if signer == name and blob[:4] == key_id]
    expect(signed, f"a signature by {name}", [signer for signer, _ in checkpoint.signatures])
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed[0], checkpoint.text.encode())
    except InvalidSignature:
        raise NotAsPromised(f"a valid signature by {name}", "one that does not fit") from None


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _signature(line: str) -> tuple[str, bytes]:
    dash, name, blob = line.split(" ")
    expect(dash == "—", "a signature line", line)
    return name, _bytes(blob)


def _bytes(encoded: str) -> bytes:
    return base64.b64decode(encoded, validate=True)
