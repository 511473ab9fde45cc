"""A real witness for a test: its own process on a free port, its own folder, and the policy that names it."""

import contextlib
import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings as bank_settings

from audit import trust
from audit.keys import public_keys, public_path
from audit.trust import Witness
from deploy.local.ports import free_port
from deploy.local.processes import end_with_parent
from deploy.local.state import PROJECT


class RunningWitness:
    """A witness in a process of its own, which a test may kill and start again."""

    def __init__(self, folder: Path, log_keys: Path, name: str = "witness.example/w1") -> None:
        self.folder, self.log_keys, self.name = folder, log_keys, name
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def trusted(self) -> Witness:
        """The witness as a policy names it."""
        key = public_keys(public_path(self.folder / "key"))[-1]
        return Witness("w1", key, f"http://127.0.0.1:{self.port}")

    def run(self, *more: str) -> "subprocess.Popen[str]":
        """Start the process and return at once."""
        argv = [
            "--folder",
            self.folder,
            "--log-keys",
            self.log_keys,
            "--port",
            self.port,
            "--name",
            self.name,
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "audit.witness", *map(str, argv), *more],
            cwd=PROJECT, env={"PYTHONPATH": str(PROJECT)}, text=True, stderr=subprocess.PIPE,
            preexec_fn=end_with_parent,
        )  # fmt: skip
        return self.process

    def start(self, *more: str) -> "RunningWitness":
        """Start the process and wait until it answers."""
        process = self.run(*more)
        deadline = time.monotonic() + 20
        while not self._answers():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, "the witness does not answer"
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """End the process without a word."""
        self.stop(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return how the process ended."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(10)
        self.process.communicate()
        return status

    def post(self, body: bytes | str) -> tuple[int, str, str]:
        """POST to add-checkpoint; return status, content type and body."""
        return self.ask("POST", "/add-checkpoint", body)

    def ask(self, method: str, path: str, body: bytes | str | None = None) -> tuple[int, str, str]:
        """Send any request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
        finally:
            connection.close()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("GET", "/key")[0] == 200
        return False


@contextlib.contextmanager
def running_witness(folder: Path, log_keys: Path) -> Iterator[RunningWitness]:
    """Start a new witness; it is gone afterwards."""
    witness = RunningWitness(folder, log_keys)
    try:
        yield witness.start("--new")
    finally:
        if witness.process and witness.process.poll() is None:
            witness.kill()


@contextlib.contextmanager
def witnessed_bank(folder: Path, settings: Any) -> Iterator[RunningWitness]:
    """Let the bank's policy ask for a running witness."""
    log_keys = public_path(Path(bank_settings.AUDIT_SIGNING_KEY_FILE))
    with running_witness(folder / "witness", log_keys) as witness:
        policy = folder / "policy"
        policy.write_text(trust.text_of(public_keys(log_keys), [witness.trusted]))
        settings.AUDIT_POLICY_FILE = str(policy)
        yield witness
