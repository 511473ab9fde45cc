"""A log of a test's own: a fresh database, a fresh published note, and a superuser to break things with."""

import contextlib
import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from audit.actor import Actor
from bank.observability import context
from bank.observability.context import RequestContext
from deploy.local.roles import create_database
from tests.support import plugin

ALICE = Actor(type="customer", user_id="usr_alice", auth_method="test")
TABLES = ("outbox", "leaf", "tile", "checkpoint", "witnessed", "opening")
_ALIASES = {
    "default": "DATABASE_URL",
    "sealer": "SEALER_DATABASE_URL",
    "outbox": "SEALER_DATABASE_URL",
    "reader": "READER_DATABASE_URL",
}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Log:
    """The test's own log: what stands in it, and a superuser who may try anything."""

    superuser_url: str
    published: Path

    @contextlib.contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[Any]]:
        """Connect as the superuser; each statement commits."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            yield connection

    def tamper(self, *statements: str) -> None:
        """Run statements as a superuser who switches the triggers off first."""
        with self.superuser() as superuser:
            for table in TABLES:
                superuser.execute(f"ALTER TABLE audit.{table} DISABLE TRIGGER ALL")
            for statement in statements:
                superuser.execute(statement)
            for table in TABLES:
                superuser.execute(f"ALTER TABLE audit.{table} ENABLE ALWAYS TRIGGER {table}_is_never_changed")

    @contextlib.contextmanager
    def unwritable(self) -> Iterator[None]:
        """Take the application's right to record away for a while."""
        with self.superuser() as superuser:
            superuser.execute("REVOKE INSERT ON audit.outbox FROM bank_app")
            try:
                yield
            finally:
                superuser.execute("GRANT INSERT (event_id, body) ON audit.outbox TO bank_app")

    def rows(self, query: str) -> list[Any]:
        """Return what a query finds."""
        with self.superuser() as superuser:
            return superuser.execute(query).fetchall()

    def sealed(self) -> list[UUID]:
        """Return the ids of the sealed events in the order of the log."""
        return [row[0] for row in self.rows("SELECT event_id FROM audit.leaf ORDER BY index")]

    def waiting(self) -> int:
        """Return how many events wait."""
        return int(self.rows("SELECT count(*) FROM audit.outbox")[0][0])


@pytest.fixture(scope="session")
def _log_database(django_db_setup: None) -> Iterator[str]:
    """One database for all these tests, emptied before each."""
    with cloned() as name:
        yield name


@pytest.fixture
def request_context() -> Any:
    """A request of somebody, somewhere."""
    token = context._current.set(
        RequestContext(request_id="req_1", ip="203.0.113.9", user_agent="Mozilla/5.0 (Alices phone)")
    )
    yield context.current()
    context._current.reset(token)


@pytest.fixture
def log(
    _log_database: str, real_db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Log]:
    """An empty log in a database of its own; every login of the bank points there, also in new processes."""
    with _log_in(_log_database, settings, tmp_path, monkeypatch) as log:
        log.tamper(f"TRUNCATE {', '.join(f'audit.{table}' for table in TABLES)} RESTART IDENTITY")
        yield log


@pytest.fixture
def log_of_a_bank(
    real_db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Log]:
    """The log of a whole bank of this test's own, which may be filled with anything."""
    with cloned() as name, _log_in(name, settings, tmp_path, monkeypatch) as log:
        yield log


@contextlib.contextmanager
def cloned() -> Iterator[str]:
    """A copy of the migrated template, gone at the end; its name."""
    services, name = plugin.services(), f"{plugin.database_name()}_log_{next(_numbers)}"
    create_database(services["superuser_url"], name, template=services["template"])
    try:
        yield name
    finally:
        with psycopg.connect(services["superuser_url"], autocommit=True) as superuser:
            superuser.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def _log_in(name: str, settings: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    settings.AUDIT_PUBLISHED_NOTE = str(folder / "published-note")
    monkeypatch.setenv("AUDIT_PUBLISHED_NOTE", settings.AUDIT_PUBLISHED_NOTE)
    for variable in _ALIASES.values():
        monkeypatch.setenv(variable, f"{os.environ[variable].rpartition('/')[0]}/{name}")
    superuser_url = f"{plugin.services()['superuser_url'].rpartition('/')[0]}/{name}"
    with _pointed_at(name):
        yield Log(superuser_url, folder / "published-note")


@contextlib.contextmanager
def _pointed_at(name: str) -> Iterator[None]:
    from django.db import connections

    before = {alias: connections[alias].settings_dict["NAME"] for alias in _ALIASES}
    connections.close_all()
    for alias in _ALIASES:
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        for alias, database in before.items():
            connections[alias].settings_dict["NAME"] = database


@pytest.fixture
def get(log: Log, settings: Any) -> Any:
    """GET a path as somebody (or nobody)."""
    from django.test import Client

    from bank.access import ip_gate

    settings.ROOT_URLCONF = "tests.audit.rooms"
    ip_gate.forget()

    def ask(path: str, actor: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": json.dumps(actor)} if actor else {}
        return Client(raise_request_exception=False).get(path, headers=headers, secure=True)

    return ask


def record_one(kind: str = "login.succeeded", **more: Any) -> UUID:
    """Record one event in a transaction of its own."""
    from django.db import transaction

    from audit.operations import record

    with transaction.atomic():
        return record(kind, **{"by": ALICE, "target": ("user", "usr_alice"), **more})


def seal() -> int:
    """Seal what waits, here and now."""
    from audit.sealing import seal_waiting

    return seal_waiting()
