"""The tour's own checks of the log, against an independent Merkle tree and real Ed25519 keys."""

import base64
import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from examples.tour import proofs
from examples.tour.telling import NotAsPromised

NAME = "log.example"
LEAVES = [f"event {number}".encode() for number in range(40)]


def root_of(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162 §2.1.1 defines it, by recursion."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def path_of(index: int, leaves: list[bytes]) -> list[bytes]:
    """The inclusion path as RFC 9162 §2.1.3.1 defines it, by recursion."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*path_of(index, leaves[:half]), root_of(leaves[half:])]
    return [*path_of(index - half, leaves[half:]), root_of(leaves[:half])]


def signed(size: int, key: Ed25519PrivateKey) -> str:
    """A checkpoint of the first leaves, signed."""
    text = f"{NAME}\n{size}\n{base64.b64encode(root_of(LEAVES[:size])).decode()}\n"
    blob = base64.b64encode(key_id(key) + key.sign(text.encode())).decode()
    return f"{text}\n— {NAME} {blob}\n"


def key_id(key: Ed25519PrivateKey) -> bytes:
    public = key.public_key().public_bytes_raw()
    return hashlib.sha256(NAME.encode() + b"\n\x01" + public).digest()[:4]


def verifier(key: Ed25519PrivateKey) -> str:
    """The key as it is published."""
    public = base64.b64encode(b"\x01" + key.public_key().public_bytes_raw()).decode()
    return f"{NAME}+{key_id(key).hex()}+{public}"


def proof_of(index: int, size: int) -> proofs.Proof:
    path = "".join(f"{base64.b64encode(step).decode()}\n" for step in path_of(index, LEAVES[:size]))
    note = signed(size, Ed25519PrivateKey.generate())
    return proofs.read_proof(f"c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n{note}")


class TestCheckInclusion:
    @pytest.mark.parametrize("size", range(1, len(LEAVES) + 1))
    def test_accepts_every_leaf_of_every_tree(self, size: int) -> None:
        for index in range(size):
            proofs.check_inclusion(proof_of(index, size), LEAVES[index])

    def test_refuses_another_leaf(self) -> None:
        with pytest.raises(NotAsPromised):
            proofs.check_inclusion(proof_of(3, 11), LEAVES[4])

    @pytest.mark.parametrize("change", ["longer", "shorter", "swapped", "other place", "outside"])
    def test_refuses_a_changed_proof(self, change: str) -> None:
        proof = proof_of(3, 11)
        path = proof.path
        changed = {
            "longer": replace(proof, path=[*path, path[0]]),
            "shorter": replace(proof, path=path[:-1]),
            "swapped": replace(proof, path=[path[1], path[0], *path[2:]]),
            "other place": replace(proof, index=4),
            "outside": replace(proof, index=11),
        }[change]
        with pytest.raises(NotAsPromised):
            proofs.check_inclusion(changed, LEAVES[3])

    @pytest.mark.parametrize(("index", "size"), [(3, 4), (7, 16), (15, 8)])
    def test_refuses_a_lie_about_place_and_size(self, index: int, size: int) -> None:
        honest = proof_of(7, 8)  # the last leaf: each step up hashes alike, so only place and size tell
        lie = replace(honest, index=index, checkpoint=replace(honest.checkpoint, size=size))
        with pytest.raises(NotAsPromised):
            proofs.check_inclusion(lie, LEAVES[7])


class TestCheckSignature:
    def test_accepts_the_logs_own(self) -> None:
        key = Ed25519PrivateKey.generate()
        proofs.check_signature(proofs.read_checkpoint(signed(7, key)), verifier(key))

    def test_finds_it_among_those_of_witnesses(self) -> None:
        key = Ed25519PrivateKey.generate()
        text, _, own = signed(7, key).rpartition("\n\n")
        witness = base64.b64encode(b"wit1" + bytes(64)).decode()
        note = f"{text}\n\n— witness.example {witness}\n{own}"
        proofs.check_signature(proofs.read_checkpoint(note), verifier(key))

    def test_refuses_another_key(self) -> None:
        key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        with pytest.raises(NotAsPromised):
            proofs.check_signature(proofs.read_checkpoint(signed(7, other)), verifier(key))

    def test_refuses_a_text_changed_afterwards(self) -> None:
        key = Ed25519PrivateKey.generate()
        changed = proofs.read_checkpoint(signed(7, key).replace("\n7\n", "\n8\n"))
        with pytest.raises(NotAsPromised):
            proofs.check_signature(changed, verifier(key))
