"""The machine room of a run: the bank's own launcher parts, its real commands, and the peers beside it.

Everything lies in one folder under `var/bench/`, is made anew for each run and ends with it, however it ends.
PostgreSQL is as durable as in earnest: a figure from a server that may lose payments is worth nothing.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from benchmarks.machine import tree
from benchmarks.wire import Address, connect
from deploy.local.bank import DATABASE, Bank
from deploy.local.management import Command
from deploy.local.plan import Plan
from deploy.local.ports import free_port
from deploy.local.processes import Process, Program, last_lines, wait_until
from deploy.local.state import PROJECT, State, state_directory

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
PATIENCE_SECONDS = 60


class NotDurable(RuntimeError):
    """The server would lose an acknowledged payment: nothing measured on it counts."""


@dataclass
class Place:
    """One bank, its services, and what else was started beside it."""

    bank: Bank
    processes: dict[str, Process] = field(default_factory=dict)

    def start(self, program: Program) -> Process:
        """Start a program; it is stopped when the run ends."""
        self.processes[program.name] = Process(program)
        return self.processes[program.name]

    def stop(self, name: str) -> None:
        """Stop one program and everything it started."""
        if process := self.processes.pop(name, None):
            process.stop(within_seconds=15)

    def pids(self, name: str) -> list[int]:
        """Return the process ids of a program and its children."""
        process = self.processes.get(name)
        return tree(process.pid) if process else []

    def log(self, name: str) -> Path:
        """Return the log of a program."""
        return self.bank.state.logs / f"{name}.log"

    def superuser_url(self, database: str = DATABASE) -> str:
        """Return the superuser's URL: for filling and watching, never for what is measured as the bank."""
        if self.bank.postgres is None:
            raise NotDurable("the benchmarks bring their own server")
        return self.bank.postgres.superuser_url(database)

    def new_database(self, name: str) -> str:
        """Create an empty database for a limit or a peer and return its superuser URL."""
        with psycopg.connect(self.superuser_url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.superuser_url(name)

    def settle(self) -> None:
        """Write out what is dirty, so that one side does not pay for what the other left behind."""
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def serve(self, name: str, application: str, env: Mapping[str, str]) -> Address:
        """Serve a WSGI application as the bank is served: same command, same settings, same certificate."""
        port, web = free_port(), self.bank.web()
        own = {key: value for key, value in web.env.items() if key.startswith(("TLS_", "WEB_"))}
        env = {**env, **own, "WEB_BIND": f"127.0.0.1:{port}"}
        process = self.start(
            replace(web, name=name, argv=[*web.argv[:-1], application], env=env, log=self.log(name))
        )
        address = self.address(port)
        self.wait_for(process, lambda: _listens(address))
        return address

    def address(self, port: int) -> Address:
        """Return the address of a server of this run."""
        return Address("localhost", port, str(self.bank.certificates.ca))

    def wait_for(self, process: Process, ready: Callable[[], bool]) -> None:
        """Wait until `ready()`; raises RuntimeError with the log's end when the process does not."""
        arrived = wait_until(lambda: process.ended() or ready(), within_seconds=PATIENCE_SECONDS)
        if not arrived or process.ended():
            log = process.program.log
            raise RuntimeError(f"{process.program.name} did not start.{last_lines(log, 30)}")

    def run_python(
        self, arguments: Sequence[str], env: Mapping[str, str], *, log: str, stdin: str = ""
    ) -> str:
        """Run `python …` to its end in the project's root and return what it printed; raises RuntimeError."""
        with self.log(log).open("ab") as errors:
            done = subprocess.run(
                [sys.executable, *arguments],
                cwd=PROJECT, env=dict(env), input=stdin, stdout=subprocess.PIPE, stderr=errors, text=True,
                check=False,
            )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"python {' '.join(arguments[:4])} failed.{last_lines(self.log(log), 30)}")
        return done.stdout


@contextlib.contextmanager
def place(*, unlimited: bool = True) -> Iterator[Place]:
    """Open the machine room with servers and a migrated, empty bank; nothing of it is left afterwards.

    The bank is a sandbox, for its demo data and its limits, without the sandbox's glass box.
    """
    os.environ["GLASS_BOX"] = "off"
    if unlimited:  # every limit is counted as always; only the quotas are out of reach
        os.environ["RATE_LIMIT_FACTOR"] = "1000000"
    root = _new_folder()
    found = Place(Bank(State(root), _plan()))
    try:
        _open(found)
        yield found
    finally:
        for name in reversed(list(found.processes)):
            found.stop(name)
        shutil.rmtree(root, ignore_errors=True)


def _new_folder() -> Path:
    parent = state_directory() / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(dir=parent, prefix="run-"))
    root.chmod(0o755)
    State(root).prepare()
    return root


def _plan() -> Plan:
    return Plan(
        port=free_port(),
        piggy_port=free_port(),
        postgres_port=free_port(),
        broker_port=free_port(),
        mtls_port=free_port(),
        witness_port=free_port(),
        rail_port=free_port(),
        given={},
    )


def _open(found: Place) -> None:
    bank = found.bank
    bank.prepare_run()
    bank.certificates.renew()
    if bank.postgres is None or bank.valkey is None or bank.roles is None:
        raise NotDurable("the benchmarks bring their own servers")
    bank.postgres.create()
    found.processes["postgres"] = bank.postgres.start()
    found.processes["broker"] = bank.valkey.start()
    require_durable(bank.postgres.superuser_url())
    bank.roles.create()
    bank.roles.create_database(DATABASE)
    Command("migrate", "--verbosity=1", env=bank.owner_environment(), log=found.log("migrate")).finish(
        "the bank does not migrate"
    )


def require_durable(database_url: str) -> None:
    """Raise NotDurable unless the server flushes every commit to disk."""
    with psycopg.connect(database_url) as connection:
        for setting in DURABLE:
            row = connection.execute(f"SHOW {setting}".encode()).fetchone()
            if row is None or row[0] != "on":
                raise NotDurable(f"{setting} is off")


def _listens(address: Address) -> bool:
    try:
        connect(address).close()
    except OSError:
        return False
    return True
