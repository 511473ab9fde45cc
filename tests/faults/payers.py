"""The load: an app of alice's that pays a penny to and fro, over HTTPS, and remembers what it was told.

What got no answer is asked again later under the same key, as a client must: it resolves to once or never.
"""

import copy
import itertools
import math
import random
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from examples.tour.chapters import the_app, the_customer
from examples.tour.outside_app import OutsideApp, session_trusting
from examples.tour.scene import set_scene

THREADS = 4
REFUSED = range(400, 500)
# One over the rail every so often, however fast the machine is: the bank calls the rail one at a time, and a
# rail that stays silent holds that call for seconds. More than it can call would wait, and prove nothing.
OUTSIDE_SECONDS = 1.0
NAMES = ("Payee Ok", "Timeout", "Reject")
ELSEWHERE = "GB33BUKB20201555555555"


@dataclass
class Said:
    """What the bank answered: payment and event of each acknowledged key, and the keys without an answer."""

    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    unanswered: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    requests: int = 0


class Payers:
    """Several threads that pay until they are told to stop; to these names at another bank, too, if any."""

    def __init__(self, state: Path, ca_file: Path, seed: int, names: Sequence[str] = NAMES) -> None:
        scene = set_scene(state)
        for step in (
            the_app.reads_the_metadata, the_app.pushes_its_request, the_customer.signs_in,
            the_customer.shares_three_accounts, the_app.redeems_the_code,
        ):  # fmt: skip
            step(scene)
        self._pair = (scene.account("A1"), scene.account("A2"))
        self._app, self._ca = scene.app, str(ca_file)
        self.said = Said()
        self._seed = seed
        self._outside_at, self._names = 0.0 if names else math.inf, itertools.cycle(names)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._pay, args=(number,)) for number in range(THREADS)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; each thread finishes the request it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def ask_again(self, *, patience_seconds: float) -> None:
        """Send what got no answer once more, until the bank says what became of it."""
        deadline, app = time.monotonic() + patience_seconds, self._own_app()
        while self.said.unanswered and time.monotonic() < deadline:
            for key, order in list(self.said.unanswered.items()):
                self._order(app, key, order)
            time.sleep(0.2)

    def _pay(self, number: int) -> None:
        chance, app = random.Random(f"{self._seed} {number}"), self._own_app()
        while not self._stop.is_set():
            debtor, creditor = chance.sample(self._pair, 2)
            amount = {"amount": "0.01", "currency": "GBP"}
            order = {"debtor_account": debtor, "amount": amount, "reference": "fault run"}
            if name := self._name_outside():
                order["creditor"] = {"name": name, "iban": ELSEWHERE}
            else:
                order["creditor_account"] = creditor
            self._order(app, str(uuid.uuid4()), order)

    def _name_outside(self) -> str:
        """Return whom to pay at another bank, when it is time for that; else nobody."""
        with self._lock:
            if (now := time.monotonic()) < self._outside_at:
                return ""
            self._outside_at = now + OUTSIDE_SECONDS
            return next(self._names)

    def _own_app(self) -> OutsideApp:
        app = copy.copy(self._app)
        app.http = session_trusting(self._ca)
        return app

    def _order(self, app: OutsideApp, key: str, order: dict[str, Any]) -> None:
        try:
            answer = app.pay(order, key)
        except requests.RequestException:
            self._note(key, order, None)
            time.sleep(0.05)
        else:
            self._note(key, order, answer)

    def _note(self, key: str, order: dict[str, Any], answer: requests.Response | None) -> None:
        with self._lock:
            self.said.requests += 1
            if answer is not None and answer.status_code == 201:
                event = answer.headers.get("Audit-Event-Id", "")
                self.said.acknowledged[key] = (answer.json()["id"], event)
                self.said.unanswered.pop(key, None)
            elif answer is not None and answer.status_code == 422:  # no money left on this side
                self.said.refused.append(key)
                self.said.unanswered.pop(key, None)
            else:
                self.said.unanswered[key] = order
