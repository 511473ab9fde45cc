"""The bank's own processes: the command each runs, and no credential more than it needs."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from deploy.local.environment import bank_environment, with_databases
from deploy.local.keys import BEAT, COMMAND, WEB, WORKER
from deploy.local.plan import Plan
from deploy.local.postgres import Postgres
from deploy.local.processes import Program
from deploy.local.rail import RailFiles
from deploy.local.roles import Roles
from deploy.local.state import PROJECT, State
from deploy.local.tls import Certificates
from deploy.local.valkey import Valkey
from deploy.local.witness import WitnessFiles

DATABASE = "bank"
# The same commands as in compose.yaml (tests/local/test_images.py compares them).
WEB_COMMAND = ("gunicorn", "-c", "deploy/web_server.py", "bank.wsgi:application")
MTLS_COMMAND = ("gunicorn", "-c", "deploy/mtls_server.py", "bank.wsgi:application")
WORKER_COMMAND = ("celery", "-A", "bank", "worker", "--concurrency=2", "--without-gossip", "--without-mingle")
BEAT_COMMAND = ("celery", "-A", "bank", "beat")


class Bank:
    """One bank on this machine: where its servers are and how its processes are started."""

    def __init__(self, state: State, plan: Plan) -> None:
        self.state = state
        self.plan = plan
        self.certificates = Certificates(state)
        self.witness_files = WitnessFiles(state, plan.witness_port)
        self.rail_files = RailFiles(state, plan)
        self.run = state.root / "run"
        self.postgres = Postgres(state, port=plan.postgres_port) if plan.own_postgres else None
        self.valkey = Valkey(state, port=plan.broker_port) if plan.own_broker else None
        self.roles = Roles(state, self.postgres) if self.postgres else None

    def prepare_run(self) -> None:
        """Empty the folder of what only matters while the bank runs."""
        shutil.rmtree(self.run, ignore_errors=True)
        (self.run / "metrics").mkdir(parents=True)

    def database(self, role: str) -> str:
        """Return the database URL of a role: on our own server, or as it was given."""
        if self.roles:
            return self.roles.url(role, DATABASE)
        given = self.plan.given
        name = {"bank_app": "DATABASE_URL"}.get(role, f"{role.removeprefix('bank_').upper()}_DATABASE_URL")
        return given.get(name, given["DATABASE_URL"])

    def superuser_database(self) -> str:
        """Return the most powerful URL known: for checks from outside."""
        return self.postgres.superuser_url(DATABASE) if self.postgres else self.database("bank_owner")

    def environment(self, process: str) -> dict[str, str]:
        """Return the environment of one kind of process."""
        base = bank_environment(
            self.state,
            environment="sandbox",
            origin=self.plan.origin,
            hosts="localhost,127.0.0.1,[::1]",
            broker=self._broker(),
            cache="redis://127.0.0.1:1/0" if process == BEAT else self._cache(),
            process=process,
        )
        base |= {"MTLS_ORIGIN": self.plan.mtls_origin}
        base |= {"CLIENT_CERTIFICATE_AUTHORITIES": str(self.certificates.ca)}
        # Apps being built stand on this machine, too, with this machine's certificate.
        base |= {"OUTBOUND_LOOPBACK_HOSTS": "localhost", "OUTBOUND_CA_FILE": str(self.certificates.ca)}
        base |= {"RAIL_URL": self.rail_files.url, "RAIL_KEYS_FILE": str(self.rail_files.keys)}
        base["PROMETHEUS_MULTIPROC_DIR"] = str(self.run / "metrics")
        return self._with_databases(base, process)

    def owner_environment(self) -> dict[str, str]:
        """Return the environment migrations run in: the database's owner, and no other login."""
        return with_databases(self.environment(COMMAND), self.database("bank_owner"))

    def web(self) -> Program:
        """HTTPS on the public port, over IPv4 and, where there is one, the IPv6 loopback address."""
        return self._program(WEB, WEB_COMMAND, self._serving("WEB_BIND", self.plan.port))

    def mtls(self) -> Program:
        """The same bank on a port that asks for client certificates (RFC 8705)."""
        return self._program("mtls", MTLS_COMMAND, self._serving("MTLS_BIND", self.plan.mtls_port))

    def worker(self) -> Program:
        """The Celery worker: seals the audit log, cleans up, calls outside."""
        return self._celery(WORKER, WORKER_COMMAND)

    def beat(self) -> Program:
        """The clock: sends hints on time, holds no credential but the broker's."""
        schedule = f"--schedule={self.run / 'beat-schedule'}"
        return self._celery(BEAT, (*BEAT_COMMAND, schedule))

    def piggy(self, client: dict[str, Any]) -> Program:
        """The example app: told only what it learned when it registered."""
        own = self.state.root / "piggy"
        own.mkdir(mode=0o700, exist_ok=True)
        known = {
            "BANK_URL": self.plan.origin,
            "CA_FILE": str(self.certificates.ca),
            "CLIENT_ID": client["client_id"],
            "PRIVATE_JWK": _as_json(client["private_jwk"]),
            "REDIRECT_URI": client["redirect_uri"],
            "STATE_DIR": str(own),
            "PORT": str(self.plan.piggy_port),
            "TLS_CERT": str(self.certificates.chain),
            "TLS_KEY": str(self.certificates.key),
        }
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
        }
        env |= {f"PIGGY_{name}": value for name, value in known.items()}
        return self._program("piggy", ("examples.piggy",), env)

    def ready_file(self, name: str) -> Path:
        """Return the file a worker or beat writes when it is ready."""
        return self.run / f"{name}.ready"

    def _serving(self, bind: str, port: int) -> dict[str, str]:
        binds = [f"127.0.0.1:{port}"] + [f"[::1]:{port}"] * _has_ipv6()
        tls = {"TLS_CERT_FILE": str(self.certificates.chain), "TLS_KEY_FILE": str(self.certificates.key)}
        return self.environment(WEB) | tls | {bind: ",".join(binds), "WEB_RUN_DIR": str(self.run)}

    def _celery(self, name: str, command: tuple[str, ...]) -> Program:
        self.ready_file(name).unlink(missing_ok=True)
        return self._program(
            name, command, self.environment(name) | {"READY_FILE": str(self.ready_file(name))}
        )

    def _program(self, name: str, command: tuple[str, ...], env: dict[str, str]) -> Program:
        log = self.state.logs / f"{name}.log"
        return Program(name=name, argv=[sys.executable, "-m", *command], env=env, log=log, cwd=PROJECT)

    def _with_databases(self, base: dict[str, str], process: str) -> dict[str, str]:
        app = self.database("bank_app")
        if process == BEAT:
            return with_databases(base, "postgresql://nobody@127.0.0.1:1/none")
        if process == WEB:
            return with_databases(base, app, reader=self.database("bank_reader"))
        return with_databases(
            base, app, sealer=self.database("bank_sealer"), reader=self.database("bank_reader")
        )

    def _broker(self) -> str:
        return self.plan.given.get("BROKER_URL") or (self.valkey.url(0) if self.valkey else "")

    def _cache(self) -> str:
        return self.plan.given.get("CACHE_URL") or (self.valkey.url(1) if self.valkey else "")


def _has_ipv6() -> bool:
    import socket

    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _as_json(value: Any) -> str:
    import json

    return json.dumps(value)
