"""The log's words on the wire."""

import base64
from typing import Any

from rest_framework import serializers

from audit.models import Leaf
from audit.queries import Proof
from bank.wire.pages import PageAnswer, PageQuery
from bank.wire.query import StrictQuery
from bank.wire.serializers import QueryIntegerField, StrictCharField

LARGEST_SIZE = 2**62


class ConsistencyQuery(StrictQuery):
    """Two sizes of the log; `to` is the newest when it is left out."""

    def get_fields(self) -> dict[str, Any]:
        """Return the parameters; `from` is a word of Python's and cannot be declared."""
        return {
            "from": QueryIntegerField(min_value=1, max_value=LARGEST_SIZE),
            "to": QueryIntegerField(min_value=1, max_value=LARGEST_SIZE, required=False),
        }


class EventsQuery(PageQuery):
    """Which events to list."""

    kind = StrictCharField(max_length=64, required=False)
    target = StrictCharField(max_length=200, required=False)
    subject = StrictCharField(max_length=64, required=False)


class ProofAnswer(serializers.Serializer[Any]):
    """That an event is in the log. `leaf` is the exact text that was hashed."""

    event_id = serializers.UUIDField()
    leaf_index = serializers.IntegerField()
    leaf = serializers.CharField()
    leaf_hash = serializers.CharField()
    tree_size = serializers.IntegerField()
    inclusion_proof = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField()
    tlog_proof = serializers.CharField()


class ConsistencyAnswer(serializers.Serializer[Any]):
    """That the older log is the beginning of the newer one."""

    old_size = serializers.IntegerField()
    new_size = serializers.IntegerField()
    consistency_proof = serializers.ListField(child=serializers.CharField())


class EventAnswer(serializers.Serializer[Any]):
    """A sealed event."""

    event_id = serializers.UUIDField()
    leaf_index = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    kind = serializers.CharField()
    outcome = serializers.CharField()
    subject = serializers.CharField(allow_blank=True)
    target = serializers.CharField(allow_blank=True)
    leaf = serializers.CharField()
    leaf_hash = serializers.CharField()


class EventsPage(PageAnswer):
    """A page of events, the newest first."""

    data = EventAnswer(many=True)  # type: ignore[assignment]


def proof_answer(proof: Proof) -> dict[str, Any]:
    """Return a proof as it is answered."""
    return {
        "event_id": str(proof.leaf.event_id),
        "leaf_index": proof.leaf.index,
        "leaf": bytes(proof.leaf.body).decode(),
        "leaf_hash": in_base64(proof.leaf.hash),
        "tree_size": proof.size,
        "inclusion_proof": [in_base64(digest) for digest in proof.hashes],
        "checkpoint": proof.note,
        "tlog_proof": proof.tlog_proof(),
    }


def event_answer(leaf: Leaf) -> dict[str, Any]:
    """Return a sealed event as it is answered."""
    return {
        "event_id": str(leaf.event_id),
        "leaf_index": leaf.index,
        "recorded_at": leaf.recorded_at,
        "kind": leaf.kind,
        "outcome": leaf.outcome,
        "subject": leaf.subject,
        "target": leaf.target,
        "leaf": bytes(leaf.body).decode(errors="replace"),
        "leaf_hash": in_base64(leaf.hash),
    }


def in_base64(digest: bytes | memoryview) -> str:
    """Return a hash as base64, as C2SP writes it."""
    return base64.b64encode(bytes(digest)).decode()
