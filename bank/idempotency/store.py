"""Finding, claiming and storing answers: one round trip each, inside the effect's own transaction."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from bank.crypto import boxes
from bank.crypto.in_force import keys_for
from bank.crypto.places import BoxColumn
from bank.database import asking
from bank.idempotency.errors import IdempotencyKeyInFlight, IdempotencyKeyReused

SEALED = BoxColumn(
    "bank_idempotency.IdempotencyRecord.answer",
    purpose="idempotency",
    table="bank_idempotency_idempotencyrecord",
    column="answer",
    key="key",
    place_of=str,
    expires=True,
)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an answer is kept: who asked for what with which key."""

    caller: str
    method: str
    path: str
    key: str

    @property
    def place(self) -> str:
        """The name of this place; an answer sealed here opens nowhere else."""
        return f"{SEALED.name}:" + "\n".join(self.columns)

    @property
    def columns(self) -> tuple[str, str, str, str]:
        """The four columns of the primary key."""
        return self.caller, self.method, self.path, self.key


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the body's bytes, and the headers that belong to the effect."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]


def fingerprint(body: Any) -> bytes:
    """Return the digest of a request's body, the same however its members are ordered or spaced."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()


def claim(slot: Slot, digest: bytes) -> Answer | None:
    """Take the slot until the transaction ends, or return its stored answer.

    Raises IdempotencyKeyInFlight when another transaction holds it, IdempotencyKeyReused when the stored
    answer was for another body. The SQL function locks first and then reads with a fresh snapshot: in the
    other order an answer committed in between would be missed, and the effect happen twice.
    """
    found = asking.fetch_one("SELECT * FROM bank_idempotency_claim(%s, %s, %s, %s)", slot.columns)
    claimed, known, status, box = found or (False, None, None, None)
    if not claimed:
        raise IdempotencyKeyInFlight(retry_after_seconds=1)
    if known is None:
        return None
    if bytes(known) != digest:
        raise IdempotencyKeyReused()
    return _unseal(slot, status, bytes(box))


def store(slot: Slot, digest: bytes, answer: Answer) -> None:
    """Write the answer beside its effect."""
    asking.execute(
        "INSERT INTO bank_idempotency_idempotencyrecord"
        " (caller, method, path, key, fingerprint, status, answer) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (*slot.columns, digest, answer.status, _seal(slot, answer)),
    )


def _seal(slot: Slot, answer: Answer) -> bytes:
    head = orjson.dumps([answer.content_type, answer.headers])
    return boxes.seal(
        len(head).to_bytes(2) + head + answer.body, keys=keys_for(SEALED.purpose), place=slot.place
    )


def _unseal(slot: Slot, status: int, box: bytes) -> Answer:
    content = boxes.unseal(box, keys=keys_for(SEALED.purpose), place=slot.place)
    end = 2 + int.from_bytes(content[:2])
    content_type, headers = orjson.loads(content[2:end])
    return Answer(status, content_type, content[end:], headers)
