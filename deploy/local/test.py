"""Run the tests on services of their own: `python -m deploy.local.test [pytest arguments]`.

Without tests named or chosen, those that every change must pass: a few minutes, with fewer examples for each
property (tests/support/examples.py). `-m ""` takes all of them.

Starts a throw-away PostgreSQL and Valkey, migrates a template database as its owner (or takes the one kept
from the last run of the same schema), and hands pytest the addresses. Each pytest process clones the template
and connects with the bank's own logins (tests/support).
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.local.environment import bank_environment, with_databases
from deploy.local.failures import SetupFailed
from deploy.local.migrated import MigratedCluster
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import Process
from deploy.local.roles import Roles
from deploy.local.state import PROJECT, State, state_directory

TEMPLATE = "bank_template"
CANNOT_MIGRATE = 3
EVERY_TIME = "smoke or not (live or browser or slow)"


def main(arguments: list[str]) -> int:
    """Run pytest on fresh services and return its exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _state() as state, _services(state) as (environment, migrated):
            environment |= {"BANK_TEST_MIGRATED": "1" if migrated else ""}
            status = _pytest(chosen(arguments), environment | few_examples(arguments))
            return status if migrated else status or CANNOT_MIGRATE
    except SetupFailed as failure:
        print(f"tests: {failure}", file=sys.stderr)
        return CANNOT_MIGRATE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def chosen(arguments: list[str]) -> list[str]:
    """Return the arguments, with the choice of every run added where they choose no tests themselves."""
    return arguments if _choose(arguments) else [*arguments, "-m", EVERY_TIME]


def few_examples(arguments: list[str]) -> dict[str, str]:
    """Return the environment in which properties are tried on some examples: for the run of every change."""
    return {} if _choose(arguments) else {"BANK_TEST_FEW_EXAMPLES": "1"}


def _choose(arguments: list[str]) -> bool:
    return any(word.startswith(("-m", "tests")) for word in arguments)


@contextlib.contextmanager
def _state() -> Iterator[State]:
    parent = state_directory() / "test"
    parent.mkdir(parents=True, exist_ok=True)
    state = State(Path(tempfile.mkdtemp(dir=parent, prefix="run-")))
    try:
        state.root.chmod(0o755)
        state.prepare()
        yield state
    finally:
        shutil.rmtree(state.root, ignore_errors=True)


@contextlib.contextmanager
def _services(state: State) -> Iterator[tuple[dict[str, str], bool]]:
    """Start the servers, yield the environment of the template's owner and whether it migrated, stop them."""
    from deploy.local.valkey import Valkey

    started: list[Process] = []
    try:
        valkey = Valkey(state, port=free_port(), throw_away=True)
        started.append(valkey.start())
        kept = MigratedCluster()
        is_kept = kept.restore(state)
        server = Postgres(state, port=free_port(), throw_away=True)
        server.create()
        started.append(server.start())
        roles = Roles(state, server)
        roles.create()
        roles.create_database(TEMPLATE)
        environment = _environment(state, server, roles, valkey.url(0), valkey.url(1))
        migrated = is_kept or _migrate(environment)
        if migrated and not is_kept:
            started.pop().stop(within_seconds=10)
            kept.keep(state)
            started.append(server.start())
        yield environment, migrated
    finally:
        for process in reversed(started):
            process.stop(within_seconds=10)


def _environment(state: State, server: Postgres, roles: Roles, broker: str, cache: str) -> dict[str, str]:
    shared = bank_environment(
        state,
        environment="test",
        origin="https://testserver",
        hosts="testserver,localhost",
        broker=broker,
        cache=cache,
    )
    # In the environment, where a test can put others in their place.
    shared["MASTER_KEYS"] = Path(shared.pop("MASTER_KEYS_FILE")).read_text().strip()
    services = {
        "superuser_url": server.superuser_url(),
        "template": TEMPLATE,
        "passwords": roles.passwords,
        "binaries": str(server.binaries),
        "state": str(state.root),
    }
    return with_databases(
        shared | {"BANK_TEST_SERVICES": json.dumps(services)}, roles.url("bank_owner", TEMPLATE)
    )


def _migrate(environment: dict[str, str]) -> bool:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
        cwd=PROJECT, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        print(
            f"{done.stdout}{done.stderr}\nTHE BANK DOES NOT MIGRATE (above): tests of the database will fail."
        )
    return done.returncode == 0


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    passed_on = {name: value for name, value in os.environ.items() if name not in environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments], cwd=PROJECT, env=passed_on | environment
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        raise


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
