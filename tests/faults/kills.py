"""The faults: parts of a running bank end without a word, in an order a seed decides; hints come in heaps."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from deploy.local.processes import end_with_parent, wait_until
from tests.support.live import LiveBank

PARTS = ("worker", "witness", "broker", "postgres", "beat", "web", "rail")
SIGNALS = {"postgres": signal.SIGQUIT}  # an immediate stop: no checkpoint, recovery from the log
HINTS = 40
RAIL_FAULTS = ("drop", "cut", "late", "not_found", "duplicate", "reorder", "lose", "return", "down")
SECOND_SEALER = "second sealer"
_HINT = f"""
import django; django.setup()
from bank.celery import app
for name in ["audit.seal", "audit.publish"] * {HINTS // 2}: app.send_task(name)
"""
_SEAL = """
import time, django; django.setup()
from django.db import Error, connections
from audit.published import LogStopped
from audit.sealing import seal_once
while True:
    try: seal_once(batch=3)
    except Error: connections.close_all(); time.sleep(0.05)
"""


class Killer:
    """Kills until it is told to stop; what it killed is counted."""

    def __init__(self, bank: LiveBank, project: Path, seed: int) -> None:
        self._bank, self._project = bank, project
        self._chance = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._sealer: subprocess.Popen[bytes] | None = None
        self._environment = self._worker_environment()
        self.kills: Counter[str] = Counter()

    def start(self) -> None:
        """Begin; the first payments to another bank get no answer, whatever chance brings later."""
        self._second_sealer()
        wait_until(lambda: self._tell_the_rail("POST", "drop"), within_seconds=20)
        self._thread.start()

    def stop(self) -> None:
        """End, and let nothing of ours go on."""
        self._stop.set()
        self._thread.join()
        self._end_sealer()
        wait_until(lambda: self._tell_the_rail("DELETE"), within_seconds=20)

    def _run(self) -> None:
        order = [*PARTS, SECOND_SEALER, "hints", "rail faults"]
        while True:
            self._chance.shuffle(order)
            for part in order:
                if self._stop.wait(self._chance.uniform(0.4, 1.6)):
                    return
                self._strike(part)

    def _strike(self, part: str) -> None:
        if part == "hints":
            self._python(_HINT)
        elif part == "rail faults":
            if not self._tell_the_rail("POST", self._chance.choice(RAIL_FAULTS)):
                return
        elif part == SECOND_SEALER:
            self._end_sealer()
            self._second_sealer()
        elif not self._killed(part):
            return
        self.kills[part] += 1

    def _killed(self, part: str) -> bool:
        try:
            pids: list[int] = self._bank["processes"][part]
        except (OSError, KeyError):
            return False
        for pid in pids[:1] if part == "postgres" else pids:
            try:
                os.kill(pid, SIGNALS.get(part, signal.SIGKILL))
            except ProcessLookupError:
                continue
        return bool(pids)

    def _tell_the_rail(self, method: str, name: str = "") -> bool:
        """Tell the rail to do something wrong a few times, or nothing any more."""
        fault = {"fault": name, "times": 3}
        try:
            asked = urllib.request.Request(
                f"{self._bank['rail_url']}/control/faults", json.dumps(fault).encode(),
                {"Content-Type": "application/json"}, method=method,
            )  # fmt: skip
            with urllib.request.urlopen(asked, timeout=2) as answer:
                return bool(answer.status < 300)
        except (OSError, ValueError, KeyError):
            return False

    def _second_sealer(self) -> None:
        self._sealer = self._python(_SEAL)

    def _end_sealer(self) -> None:
        if self._sealer:
            self._sealer.kill()
            self._sealer.wait()

    def _python(self, program: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-c", program], cwd=self._project, env=self._environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )  # fmt: skip

    def _worker_environment(self) -> dict[str, str]:
        """Return the environment of the running worker: the same rights, not one more."""
        pid = self._bank["processes"]["worker"][0]
        text = Path(f"/proc/{pid}/environ").read_bytes().decode()
        found: dict[str, Any] = dict(part.split("=", 1) for part in text.split("\0") if "=" in part)
        return {name: value for name, value in found.items() if name != "READY_FILE"}
