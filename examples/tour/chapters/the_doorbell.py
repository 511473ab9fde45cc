"""What an app that wants to be told does: it says where, checks who rings, and asks for the message again."""

import time

from examples.tour.doorbell import is_from
from examples.tour.scene import Scene
from examples.tour.telling import NotAsPromised, expect, expect_status


def asks_to_be_told(scene: Scene) -> str:
    """Another app, for itself and with no customer, says where it wants to be told of events."""
    scene.bellhop.discover()
    scene.bellhop.act_for_itself("events:read webhooks:manage")
    body = {"url": scene.doorbell.url, "description": "tour"}
    made = expect_status(scene.bellhop.call("POST", "/webhook-endpoints", json=body), 201).json()
    scene.endpoint = made
    refused = scene.bellhop.call("POST", "/webhook-endpoints", json={"url": "https://127.0.0.1/hook"})
    expect_status(refused, 400)
    return f"{made['id']}; an address inside the bank is refused"


def is_rung(scene: Scene) -> str:
    """The bank rings; another implementation of Standard Webhooks says that it was the bank."""
    path = f"/webhook-endpoints/{scene.endpoint['id']}"
    scene.delivery = expect_status(scene.bellhop.call("POST", f"{path}/test"), 202).json()
    headers, body = scene.ring = scene.doorbell.next_ring()
    expect(is_from(scene.endpoint["secret"], scene.ring), "a signature that holds", headers)
    forged = (headers, body.replace("tested", "forged"))
    expect(not is_from(scene.endpoint["secret"], forged), "a forgery to be refused", forged)
    expect(headers["webhook-id"] == scene.delivery["event"], scene.delivery["event"], headers["webhook-id"])
    return f"{headers['webhook-id']} verified; a changed byte is not"


def is_rung_again(scene: Scene) -> str:
    """What got lost is asked for again, and comes under the same id; then the app takes its endpoint away."""
    path = f"/webhook-endpoints/{scene.endpoint['id']}"
    delivery = f"{path}/deliveries/{scene.delivery['id']}"
    _wait_until_noted(scene, delivery)
    expect_status(scene.bellhop.call("POST", f"{delivery}/retry"), 202)
    ring = scene.doorbell.next_ring()
    expect(is_from(scene.endpoint["secret"], ring), "a signature that holds", ring[0])
    first, second = scene.ring[0]["webhook-id"], ring[0]["webhook-id"]
    expect(first == second, f"the same id, {first}", second)
    expect_status(scene.bellhop.call("DELETE", path), 204)
    return f"{second} once more; the endpoint is taken away"


def _wait_until_noted(scene: Scene, delivery: str) -> None:
    """The bank notes our answer a moment after we gave it."""
    for _ in range(50):
        found = expect_status(scene.bellhop.call("GET", delivery), 200).json()
        if found["status"] == "DELIVERED":
            return
        time.sleep(0.2)
    raise NotAsPromised("a delivery noted as DELIVERED", found["status"])
