"""A whole bank in processes of its own, started as a person starts it, in a state directory of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from deploy.local.ports import free_port, is_free
from deploy.local.state import PROJECT

START_SECONDS = 120
STOP_SECONDS = 15
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")


class LiveBank:
    """One bank and its launcher; `bank["base_url"]` reads what demo.json says at that moment."""

    def __init__(self, state: Path, **settings: str) -> None:
        self.state = state
        self.port = free_pair()
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

    def start(self, *command: str) -> "LiveBank":
        """Start the bank and wait until it is ready; raises AssertionError with its words when it is not."""
        began = time.monotonic()
        argv = command or (sys.executable, "-m", "deploy.local.run")
        with self.output.open("wb") as output:
            self.launcher = subprocess.Popen(
                argv,
                cwd=PROJECT,
                env=self.environment(),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
        while not (self.state / "demo.json").exists():
            if self.launcher.poll() is not None or time.monotonic() - began > START_SECONDS:
                self.kill()
                raise AssertionError(f"the bank did not start:\n{self.words()}")
            time.sleep(0.1)
        self.start_seconds = time.monotonic() - began
        return self

    def stop(self) -> int:
        """Ask the launcher to stop and return its exit status; raises TimeoutExpired when it is slow."""
        assert self.launcher is not None
        self.launcher.send_signal(signal.SIGTERM)
        try:
            return self.launcher.wait(STOP_SECONDS)
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


def free_pair() -> int:
    """Return a port that is free together with the next one (the example app's)."""
    while True:
        port = free_port()
        if is_free(port + 1) and port < 60_000:
            return port
