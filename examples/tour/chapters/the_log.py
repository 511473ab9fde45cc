"""What the bank's log holds about the payment, and whether it can prove it, checked with our own code."""

import json
import time

from examples.tour import proofs
from examples.tour.scene import Scene
from examples.tour.telling import NotAsPromised, expect, said

PATIENCE_SECONDS = 15


def has_sealed_the_payment(scene: Scene) -> str:
    """Within seconds the event is sealed; the app that caused it may have the proof."""
    begin = time.monotonic()
    path = f"/audit/events/{scene.event_id}/proof"
    while (answer := scene.app.call("GET", path)).status_code != 200:
        if time.monotonic() - begin > PATIENCE_SECONDS:
            raise NotAsPromised(f"a proof within {PATIENCE_SECONDS} s", said(answer))
        time.sleep(0.25)
    scene.proof = answer.json()
    return f"event {scene.event_id}, leaf {scene.proof['leaf_index']}"


def proves_the_payment(scene: Scene) -> str:
    """The sealed text is about this payment, and hashes upwards to the root of the checkpoint (RFC 9162)."""
    event = json.loads(scene.proof["leaf"])["event"]
    expect(event["event_id"] == scene.event_id, f"event {scene.event_id}", event["event_id"])
    expect(event["kind"] == "payment.completed", "payment.completed", event["kind"])
    expect(event["target"]["id"] == scene.paid["id"], f"payment {scene.paid['id']}", event["target"])
    proof = proofs.read_proof(scene.proof["tlog_proof"])
    proofs.check_inclusion(proof, scene.proof["leaf"].encode())
    return f"{event['kind']}, {len(proof.path)} hashes up to the root of {proof.checkpoint.size} events"


def signed_its_checkpoint(scene: Scene) -> str:
    """The checkpoint bears the signature of the log's key, which was known beforehand."""
    checkpoint = proofs.read_proof(scene.proof["tlog_proof"]).checkpoint
    proofs.check_signature(checkpoint, scene.demo["audit_log_key"])
    return f"{checkpoint.origin}, size {checkpoint.size}, Ed25519"
