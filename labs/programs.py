"""Runs one file of a lab as a process of its own, in an empty folder, on loopback."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

STARTS_WITHIN_SECONDS = 20
LINES_SHOWN = 8


class DoesNotRun(Exception):
    """The file ends, or does not listen; its last words are in the message."""


@dataclass
class Program:
    """A server: where it listens, and the folder it keeps its files in."""

    file: Path
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the server and wait until it listens; raises DoesNotRun."""
        with (self.folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(self.file), str(self.port)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise DoesNotRun(self.last_words())
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill the server and what it forked: nothing is said goodbye to."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            while _listens(self.port):  # what it forked is gone a moment later
                time.sleep(0.01)

    def restart(self) -> None:
        """Kill it and start it again in the same folder: what it only remembered is gone."""
        self.stop()
        self.start()

    def last_words(self) -> str:
        """Return the end of what it printed."""
        lines = (self.folder / "output.txt").read_text(errors="replace").strip().splitlines()
        return "\n".join(lines[-LINES_SHOWN:]) or f"{self.file.name} does not listen on the port it is given"


@contextlib.contextmanager
def serving(file: Path) -> Iterator[Program]:
    """Start a server from a file that takes its port as first argument; raises DoesNotRun."""
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        program = Program(file.resolve(), Path(folder), free_port())
        try:
            program.start()
            yield program
        finally:
            program.stop()


def run(file: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a file to its end and return what it printed; half a minute is the most it gets."""
    command = [sys.executable, str(file.resolve()), *arguments]
    try:
        return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", "it did not end within half a minute")


def free_port() -> int:
    """Return a port of loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
