"""Exports made without a bank: a log's key, a witness's, and lines to be broken."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from audit import merkle, trust
from audit.keys import generate_key
from audit.notes import COSIGNATURE, Head, SigningKey
from audit.verifier import verify

ORIGIN, WITNESS = "log.example/one", "witness.example/w1"


@dataclass(frozen=True)
class Maker:
    """Signs and cosigns whatever it is given."""

    log: SigningKey
    witness: SigningKey

    @classmethod
    def new(cls, folder: Path) -> "Maker":
        """Make both keys."""
        generate_key(folder / "log", origin=ORIGIN)
        generate_key(folder / "witness", origin=WITNESS, type=COSIGNATURE)
        return cls(
            SigningKey.read(folder / "log", name=ORIGIN),
            SigningKey.read(folder / "witness", name=WITNESS, type=COSIGNATURE),
        )

    @property
    def policy(self) -> str:
        """What an auditor pins."""
        return trust.text_of([self.log.verifier], [trust.Witness("w1", self.witness.verifier)])

    def head(self, leaves: list[bytes]) -> str:
        """Return the signed head over leaves."""
        root = merkle.root(merkle.leaf_hash(leaf) for leaf in leaves)
        return self.log.sign(Head(ORIGIN, len(leaves), root))

    def witnessed(self, note: str) -> str:
        """Return a note with the witness's cosignature."""
        return note + self.witness.cosign(note.rpartition("\n\n")[0] + "\n", 1_800_000_000)

    def export(self, leaves: list[bytes], *, heads_every: int = 10) -> list[bytes]:
        """Return the lines of an export of these leaves."""
        lines = [json.dumps({"format": verify.FORMAT, "origin": ORIGIN, "ledgers": {}}).encode()]
        for size, leaf in enumerate(leaves, 1):
            lines.append(base64.b64encode(merkle.leaf_hash(leaf)) + b" " + leaf)
            if size % heads_every == 0 or size == len(leaves):
                note = self.head(leaves[:size])
                lines.append(json.dumps({"head": size, "note": note}).encode())
                lines.append(json.dumps({"witnessed": self.witnessed(note)}).encode())
        return [*lines, json.dumps({"end": len(leaves)}).encode()]

    def receipt(self, leaves: list[bytes], index: int, *, witnessed: bool = True) -> str:
        """Return the `.tlog-proof` of a leaf under the head over all."""
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]

        def node(level: int, at: int) -> bytes:
            return merkle.root(hashes[at << level : (at + 1) << level])

        path = merkle.inclusion_proof(index, len(leaves), node)
        note = self.head(leaves)
        lines = [base64.b64encode(digest).decode() for digest in path]
        top = [
            "c2sp.org/tlog-proof@v1",
            f"extra {base64.b64encode(leaves[index]).decode()}",
            f"index {index}",
        ]
        return "\n".join([*top, *lines, "", self.witnessed(note) if witnessed else note])


def event(number: int, kind: str = "login.succeeded", **target: object) -> bytes:
    """Return a sealed leaf as the bank writes it."""
    said = {
        "actor": {"id": "usr_a", "type": "customer"}, "event_id": f"{number:08x}-0000-7000-8000-000000000000",
        "kind": kind, "outcome": "success", "target": {"id": "x", "type": "user", **target}, "v": 1,
    }  # fmt: skip
    body = {"at": "2026-01-01T00:00:00.000000Z", "event": said}
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
