"""What the bank's log holds about the payment, and whether it can prove it, checked with our own code."""

import time

from examples.tour import proofs
from examples.tour.scene import Scene
from examples.tour.telling import NotAsPromised, expect, expect_status, said

PATIENCE_SECONDS = 15


def has_sealed_the_payment(scene: Scene) -> str:
    """Within seconds the event is sealed; the app that caused it may have it with its proof."""
    begin = time.monotonic()
    path = f"/audit/events/{scene.event_id}/proof"
    while (answer := scene.app.call("GET", path)).status_code != 200:
        if time.monotonic() - begin > PATIENCE_SECONDS:
            raise NotAsPromised(f"a proof within {PATIENCE_SECONDS} s", said(answer))
        time.sleep(0.25)
    scene.proof = answer.text
    return f"event {scene.event_id}"
