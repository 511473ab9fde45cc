"""One process the launcher started: its account, its log, and its end with the launcher's."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.account import Account

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to start and how to stop it."""

    name: str
    argv: Sequence[str]
    env: dict[str, str]
    log: Path
    cwd: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    keep_open: tuple[int, ...] = field(default=())


class Process:
    """A running program that ends when the launcher does, however the launcher ends."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.popen = _spawn(program)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def ended(self) -> bool:
        """Return whether the process is over (and reap it)."""
        return self.popen.poll() is not None

    def ask_to_stop(self) -> None:
        """Send the program's own stop signal."""
        if not self.ended():
            self.popen.send_signal(self.program.stop_signal)

    def stop(self, *, within_seconds: float) -> None:
        """Stop politely, then firmly; on return neither the process nor one of its group is left."""
        self.ask_to_stop()
        try:
            self.popen.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.sweep()

    def becomes(self, ready: Callable[[], bool], *, within_seconds: float) -> bool:
        """Wait until the program is ready and return True; when it does not become so, stop it."""
        fine = False
        try:
            fine = (
                wait_until(lambda: self.ended() or ready(), within_seconds=within_seconds)
                and not self.ended()
            )
        finally:
            if not fine:
                self.stop(within_seconds=5)
        return fine

    def sweep(self) -> None:
        """Kill what is left of the ended process's group."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def end_with_parent(death_signal: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process a signal when its parent dies."""
    LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def wait_until(ready: Callable[[], bool], *, within_seconds: float, pause_seconds: float = 0.05) -> bool:
    """Return True as soon as `ready` says so, False when the time is over."""
    deadline = time.monotonic() + within_seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_seconds)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    """Return the end of a log, indented, for a failure's message."""
    if not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "".join(f"\n    {line}" for line in lines)


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    launcher = os.getpid()

    def bind_to_launcher() -> None:
        # After the account was dropped: changing user clears the parent-death signal.
        end_with_parent(program.death_signal)
        if os.getppid() != launcher:
            os.kill(os.getpid(), signal.SIGKILL)

    with program.log.open("ab") as log:
        return subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=program.cwd,
            env=program.env,
            start_new_session=True,
            pass_fds=program.keep_open,
            preexec_fn=bind_to_launcher,
            **(program.account.for_popen() if program.account else {}),
        )
