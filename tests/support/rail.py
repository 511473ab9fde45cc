"""A real rail for a test: the simulator in a process of its own, told to fail, killed, started again."""

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from deploy.local.ports import free_port
from deploy.local.processes import end_with_parent
from deploy.local.state import PROJECT
from payments.rails.signing import generate_key

IBAN = "GB33BUKB20201555555555"  # an account at another bank
LATE_SECONDS = 1.2
IMPATIENT_SECONDS = 0.6  # a bank that gives up before a late answer comes
READ_SECONDS = 5.0  # every other: a busy machine is not taken for a silent rail
_EMPTY = """
    BEGIN; DELETE FROM entry; DELETE FROM transfer; DELETE FROM callback;
    DELETE FROM fault; DELETE FROM clock; COMMIT
"""


class RunningRail:
    """The simulator, its control door, and the bank's key for it."""

    def __init__(self, folder: Path, member_url: str = "http://127.0.0.1:1/v1/rails/messages") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.member_url = folder, member_url
        self.ca_file: Path | None = None
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.bank_key = folder / "bank-key"
        generate_key(self.bank_key)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """The bank's settings for this rail."""
        return {
            "RAIL_URL": self.url,
            "RAIL_SIGNING_KEY_FILE": str(self.bank_key),
            "RAIL_KEYS_FILE": str(self.folder / "rail" / "keys.json"),
            "RAIL_CONNECT_SECONDS": 0.5,
            "RAIL_READ_SECONDS": READ_SECONDS,
        }

    def start(self) -> "RunningRail":
        """Start the process and wait until it answers."""
        argv = [
            sys.executable, "-m", "railsim", "--folder", self.folder / "rail", "--port", self.port,
            "--member-keys", f"{self.bank_key}.pub", "--member-url", self.member_url,
            "--settle-seconds", 0.02, "--late-seconds", LATE_SECONDS,
        ]  # fmt: skip
        argv += ["--member-ca", self.ca_file] if self.ca_file else []
        with (self.folder / "rail.log").open("ab") as log:
            self.process = subprocess.Popen(
                list(map(str, argv)), cwd=PROJECT, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)}, preexec_fn=end_with_parent,
            )  # fmt: skip
        until(self._answers, "the rail answers")
        return self

    def anew(self) -> "RunningRail":
        """Be a rail of which nothing is known but its address and keys: an empty book, no fault told."""
        with contextlib.closing(sqlite3.connect(self.folder / "rail" / "book.sqlite", timeout=15)) as file:
            file.executescript(_EMPTY)
        is_running = self.process and self.process.poll() is None
        return self if is_running else self.start()

    def kill(self) -> None:
        """End the process without a word."""
        self.stop(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(10)

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Use the control door."""
        status, said = self.ask(method, f"/control{path}", json.dumps(body or {}))
        assert status < 300, (status, said)
        return said

    def fault(self, name: str, **more: Any) -> None:
        """Tell the rail what to do wrong."""
        self.control("POST", "/faults", {"fault": name, **more})

    def transfer(self, payment_id: str) -> dict[str, Any] | None:
        """What the rail's own book says of a payment."""
        status, said = self.ask("GET", f"/control/transfers/{payment_id}", "{}")
        return said if status == 200 else None

    def settled(self, payment_id: str) -> bool:
        """Whether the rail has settled a payment."""
        known = self.transfer(payment_id)
        return known is not None and known["status"] == "ACCC"

    def ask(self, method: str, path: str, body: str) -> tuple[int, dict[str, Any]]:
        """Send any request, not signed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            connection.close()

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "rail.log").read_text()
        with contextlib.suppress(OSError):
            return self.ask("GET", "/livez", "")[0] == 200
        return False


@contextlib.contextmanager
def running_rail(folder: Path) -> Iterator[RunningRail]:
    """Start a rail with an empty book; it is gone afterwards."""
    rail = RunningRail(folder)
    try:
        yield rail.start()
    finally:
        rail.kill()


def until(holds: Callable[[], object], what: str, seconds: float = 15.0) -> None:
    """Wait until something holds; fail with its name when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
