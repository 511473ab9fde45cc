"""What can be asked of the sealed log, by the reader's own database login."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from audit import merkle, trust
from audit.actor import Actor
from audit.errors import EventNotFound, NoSuchHead, NothingSealed
from audit.models import Checkpoint, Leaf, WitnessedHead
from audit.tree import StoredTree
from bank.access import permissions


@dataclass(frozen=True, slots=True)
class Proof:
    """That one event is in the log: its leaf, the way to the root, and the signed head with that root."""

    leaf: Leaf
    size: int
    hashes: list[bytes]
    note: str

    def tlog_proof(self) -> str:
        """Return the proof as C2SP tlog-proof; `extra` is the leaf's exact bytes."""
        extra = base64.b64encode(bytes(self.leaf.body)).decode()
        hashes = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in self.hashes)
        return f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {self.leaf.index}\n{hashes}\n{self.note}"


def get_checkpoint() -> Checkpoint:
    """Return the newest signed head, published or not; raises NothingSealed."""
    head = Checkpoint.objects.using("reader").order_by("-size").first()
    if head is None:
        raise NothingSealed()
    return head


def get_published() -> WitnessedHead:
    """Return the newest head the policy's witnesses have cosigned; raises NothingSealed."""
    head = WitnessedHead.objects.using("reader").order_by("-size").first()
    if head is None:
        raise NothingSealed()
    return head


def get_policy() -> str:
    """Return whose signatures the bank itself looks for, as a C2SP tlog-policy; raises NothingSealed."""
    try:
        return trust.policy_text()
    except FileNotFoundError:
        raise NothingSealed() from None


def get_proof(event_id: UUID, *, by: Actor) -> Proof:
    """Return the proof of an event the actor may see, under the published head; raises EventNotFound."""
    leaf = Leaf.objects.using("reader").filter(event_id=event_id).first()
    if leaf is None or not concerns(leaf, by):
        raise EventNotFound()
    head = get_published()
    if leaf.index >= head.size:
        raise EventNotFound()
    return Proof(leaf, head.size, inclusion_of(leaf.index, head.size), head.note)


def inclusion_of(index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root of the first `size` leaves."""
    return _tree().answer(lambda node: merkle.inclusion_proof(index, size, node))


def get_consistency(old: int, new: int | None) -> tuple[int, list[bytes]]:
    """Return the newer size and the proof that the first `old` leaves begin it; raises NoSuchHead."""
    newest = get_published().size
    new = newest if new is None else new
    if not 0 < old <= new <= newest:
        raise NoSuchHead(f"sizes run from 1 to {newest}, the older first")
    return new, _tree().answer(lambda node: merkle.consistency_proof(old, new, node))


def list_events(
    *, limit: int, before: int | None = None, kind: str = "", target: str = "", subject: str = ""
) -> Sequence[Leaf]:
    """Return up to `limit` leaves, the newest first, older than `before`, that match what is asked."""
    asked = {"kind": kind, "target": target, "subject": subject}
    leaves = Leaf.objects.using("reader").filter(**{name: value for name, value in asked.items() if value})
    if before is not None:
        leaves = leaves.filter(index__lt=before)
    return list(leaves.order_by("-index")[:limit])


def oldest_waiting_seconds() -> float:
    """Return the age of the oldest event that is not sealed yet; 0 when none waits."""
    with connections["reader"].cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - min(recorded_at)) FROM audit.outbox")
        return float(cursor.fetchone()[0] or 0)


def witness_silence_seconds() -> float:
    """Return for how long the oldest signed head has waited to be published; 0 when none waits."""
    with connections["reader"].cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - min(sealed_at)) FROM audit.checkpoint"
            " WHERE size > (SELECT coalesce(max(size), 0) FROM audit.witnessed)"
        )
        return float(cursor.fetchone()[0] or 0)


def concerns(leaf: Leaf, by: Actor) -> bool:
    """Return whether an actor may see an event: its own, in its name, or any with audit:read."""
    if permissions.AUDIT_READ in by.permissions:
        return True
    if by.bound_to_consent:
        return (
            by.consent_id is not None and _event(leaf).get("on_behalf_of", {}).get("consent") == by.consent_id
        )
    if by.user_id:
        return leaf.subject == by.user_id
    return by.client_id is not None and _event(leaf).get("actor", {}).get("id") == by.client_id


def _event(leaf: Leaf) -> dict[str, Any]:
    """Return the event in a leaf; an empty one when it was sealed raw."""
    event: dict[str, Any] = json.loads(bytes(leaf.body)).get("event", {})
    return event


def _tree() -> StoredTree:
    return StoredTree(connections["reader"])
