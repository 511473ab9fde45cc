"""A whole bank in processes of its own, started as a person starts it, in a state directory of its own."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from deploy.local.ports import is_free
from deploy.local.state import PROJECT

START_SECONDS = 240
FIRST_OUTGOING_PORT = 32_768
STOP_SECONDS = 15
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")


class LiveBank:
    """One bank and its launcher; `bank["base_url"]` reads what demo.json says at that moment."""

    def __init__(self, state: Path, *, project: Path = PROJECT, **settings: str) -> None:
        self.state = state
        self.project = project
        self.port = free_ports()
        self.settings = settings
        self.output = state.with_suffix(".out")
        self.launcher: subprocess.Popen[bytes] | None = None
        self.start_seconds = 0.0

    @property
    def demo(self) -> dict[str, Any]:
        """What demo.json says now."""
        found: dict[str, Any] = json.loads((self.state / "demo.json").read_text())
        return found

    @property
    def ca_file(self) -> Path:
        """The certificate authority to trust."""
        return self.state / "tls" / "ca.pem"

    def __getitem__(self, name: str) -> Any:
        return self.demo[name]

    def environment(self) -> dict[str, str]:
        """The environment of the launcher: nothing of the tests' own servers."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {"BANK_STATE_DIR": str(self.state), "PORT": str(self.port)} | self.settings

    def launch(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start the launcher (or what starts it) and return at once."""
        with self.output.open("wb") as output:
            self.launcher = subprocess.Popen(
                command or (sys.executable, "-m", "deploy.local.run"),
                cwd=self.project,
                env=self.environment(),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
        return self.launcher

    def start(self, *command: str) -> "LiveBank":
        """Start the bank and wait until it is ready; raises AssertionError with its words when it is not."""
        began = time.monotonic()
        (self.state / "demo.json").unlink(missing_ok=True)  # of a bank that was killed
        launcher = self.launch(*command)
        while not (self.state / "demo.json").exists():
            if launcher.poll() is not None or time.monotonic() - began > START_SECONDS:
                self.kill()
                raise AssertionError(f"the bank did not start:\n{self.words()}")
            time.sleep(0.1)
        self.start_seconds = time.monotonic() - began
        return self

    def stop(self, *, within_seconds: float = STOP_SECONDS) -> int:
        """Ask the launcher to stop and return its exit status; raises TimeoutExpired when it is slow."""
        assert self.launcher is not None
        self.launcher.send_signal(signal.SIGTERM)
        try:
            return self.launcher.wait(within_seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the launcher at once; the kernel ends what it started."""
        if self.launcher and self.launcher.poll() is None:
            self.launcher.kill()
            self.launcher.wait()

    def words(self) -> str:
        """What the launcher has said."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""


def free_ports(many: int = 7) -> int:
    """Return a port that is free together with those after it, and that no outgoing connection may take.

    What the system hands out may be taken by a connection before a server that is just starting asks for it.
    """
    while True:
        port = random.randrange(20_000, FIRST_OUTGOING_PORT - many)
        if all(is_free(port + offset) for offset in range(many)):
            return port
