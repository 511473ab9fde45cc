"""A pytest plugin that points Django at this process's own database, cache and broker before settings load.

The servers come from `deploy.local.test`; each pytest process (xdist worker) clones the migrated template.
"""

import gc
import json
import os
from collections.abc import Generator
from functools import cache
from typing import Any

import pytest

from bank.memory import keep_what_was_read
from deploy.local.roles import create_database

HOW_TO_START = (
    "Start the tests with `make test` or `.venv/bin/python -m deploy.local.test [pytest arguments]`."
)


@cache
def services() -> dict[str, Any]:
    """Return the addresses of the servers these tests run on."""
    try:
        return dict(json.loads(os.environ["BANK_TEST_SERVICES"]))
    except KeyError:
        raise pytest.UsageError(HOW_TO_START) from None


def worker_id() -> str:
    """Return the xdist worker's name, or `main` in a single process."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def database_name() -> str:
    """Return the name of this process's database."""
    return f"bank_{worker_id()}"


def url_of(role: str) -> str:
    """Return the URL of a role on this process's database."""
    return _url(role, services()["passwords"][role])


def superuser_url() -> str:
    """Return the superuser's URL on this process's database: for outside checks only."""
    return _on_database(services()["superuser_url"])


def clone_database() -> None:
    """Make this process's database from the migrated template."""
    if not os.environ.get("BANK_TEST_MIGRATED"):
        pytest.fail(
            "The bank does not migrate (see the beginning of this run): no test database.", pytrace=False
        )
    create_database(services()["superuser_url"], database_name(), template=services()["template"])


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Set the environment of this process before pytest-django reads the settings."""
    number = int(worker_id().removeprefix("gw")) + 1 if worker_id() != "main" else 0
    server = os.environ["CACHE_URL"].rpartition("/")[0] if services() else ""
    os.environ |= {
        "DATABASE_URL": url_of("bank_app"),
        "SEALER_DATABASE_URL": url_of("bank_sealer"),
        "READER_DATABASE_URL": url_of("bank_reader"),
        "BROKER_URL": f"{server}/{2 * number}",
        "CACHE_URL": f"{server}/{2 * number + 1}",
        "AUDIT_PUBLISHED_NOTE": f"{services()['state']}/audit-{worker_id()}/published-note",
        "ERASURE_LEDGER": f"{services()['state']}/privacy-{worker_id()}/erasures",
    }
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, None, None]:
    """Let the collector of cycles rest while the tests are read: it looks at ever more, and finds nothing."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Keep what was read, as each process of the bank does: a million objects are not looked at again."""
    keep_what_was_read()


def _url(user: str, password: str) -> str:
    server = services()["superuser_url"].rpartition("@")[2].partition("/")[0]
    return f"postgresql://{user}:{password}@{server}/{database_name()}"


def _on_database(url: str) -> str:
    return f"{url.rpartition('/')[0]}/{database_name()}"
