"""What the story starts from, and what it has learned so far."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.tour.browser import Browser
from examples.tour.doorbell import Doorbell, Ring
from examples.tour.outside_app import OutsideApp

Json = dict[str, Any]


@dataclass
class Scene:
    """The demo's facts (demo.json) and the people on stage."""

    demo: Json
    app: OutsideApp
    rival: OutsideApp
    bellhop: OutsideApp
    doorbell: Doorbell
    browser: Browser
    metadata: Json = field(default_factory=dict)
    consent_page: str = ""
    connected_before: set[str] = field(default_factory=set)
    callback_url: str = ""
    paid: Json = field(default_factory=dict)
    order: Json = field(default_factory=dict)
    order_key: str = ""
    event_id: str = ""
    proof: Json = field(default_factory=dict)
    endpoint: Json = field(default_factory=dict)
    delivery: Json = field(default_factory=dict)
    ring: Ring = field(default_factory=lambda: ({}, ""))

    @property
    def alice(self) -> Json:
        """The customer."""
        return dict(self.demo["users"]["alice"])

    def account(self, name: str) -> str:
        """Return the id of one of alice's accounts, such as A1."""
        return str(self.alice["accounts"][name])


def set_scene(state_dir: Path) -> Scene:
    """Read demo.json of a running bank; raises FileNotFoundError when no bank is running."""
    demo = json.loads((state_dir / "demo.json").read_text())
    ca_file = str(_found(state_dir, demo["ca_file"]))
    on_stage = ("piggy", "rival", "webhook_app")
    app, rival, bellhop = (OutsideApp(demo["base_url"], ca_file, demo["clients"][name]) for name in on_stage)
    doorbell = Doorbell(Path(ca_file).with_name("server.pem"), Path(ca_file).with_name("server.key"))
    return Scene(demo, app, rival, bellhop, doorbell, Browser(demo["base_url"], ca_file))


def _found(state_dir: Path, name: str) -> Path:
    """Return the file as named from here, or from the folder above the state: `var/tls/ca.pem`."""
    here = Path(name)
    return here if here.exists() else state_dir.resolve().parent / name
