"""The state directory (`var/`): everything a local bank remembers, and nothing outside it."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from deploy.local.failures import SetupFailed

PROJECT = Path(__file__).resolve().parents[2]
LOG_BYTES = 10_000_000


def state_directory() -> Path:
    """Return `BANK_STATE_DIR`, by default `var/` in the project."""
    return Path(os.environ.get("BANK_STATE_DIR") or PROJECT / "var").absolute()


class State:
    """The files of one local bank below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.keys = root / "keys"
        self.logs = root / "logs"
        self.tls = root / "tls"
        self.demo = root / "demo.json"
        self._lock: IO[str] | None = None

    def prepare(self) -> None:
        """Create the directories; keys are for their owner only."""
        for directory, mode in (
            (self.root, 0o755),
            (self.logs, 0o755),
            (self.tls, 0o755),
            (self.keys, 0o700),
        ):
            directory.mkdir(parents=True, exist_ok=True)
            if directory is not self.root:
                directory.chmod(mode)

    def lock(self) -> None:
        """Hold this directory for this process; raises SetupFailed while another bank runs in it."""
        handle = (self.root / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise SetupFailed(
                f"A bank already runs from {self.root} (process {handle.read().strip() or 'unknown'}).",
                remedy="stop it first (Ctrl-C in its terminal), or run a second one beside it with "
                "BANK_STATE_DIR=var/second PORT=9443 make run",
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        self._lock = handle

    def rotate_logs(self) -> None:
        """Put big logs of earlier runs aside, one generation each."""
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
        """Return the secret called `name`, made once and kept for its owner only."""
        path = self.keys / name
        if not path.exists():
            write_private(path, make())
        return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file nobody else may read, whole or not at all."""
    write_whole(path, text, mode=0o600)


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old text or the new, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.chmod(mode)
    draft.replace(path)


def write_json(path: Path, value: Any, *, mode: int = 0o600) -> None:
    """Write JSON so that a reader sees all of it or the old one."""
    write_whole(path, json.dumps(value, indent=2) + "\n", mode=mode)
