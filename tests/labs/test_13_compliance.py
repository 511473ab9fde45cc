"""Lab 13's card numbers at the bank: the API, then everything that lies in the database and the log."""

import io
import logging
from collections.abc import Iterator

import psycopg
import pytest

from bank.observability import logs
from labs.catalogue import Lab, find
from tests.payments.test_api import Connected, connected

LAB: Lab = find(13)  # type: ignore[assignment]
SCRIPT = LAB.script()
TABLES = (
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'audit')"
)
NOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class Bank:
    """An app that pays, and somebody who reads all logs and what was since written into any table."""

    def __init__(self, app: Connected, superuser_url: str, written: io.StringIO) -> None:
        self._app, self._url, self._written = app, superuser_url, written
        with psycopg.connect(superuser_url) as connection:
            [self._begun] = connection.execute(NOW).fetchone() or [0]

    def pay(self, reference: str) -> bool:
        return bool(self._app.pay("0.01", reference=reference).status == 201)

    def shown(self) -> list[str]:
        found = self._app.get(f"/accounts/{self._app.shared.id}/transactions?limit=100")
        return [row["reference"] for row in found.json["data"]]

    def kept(self) -> dict[str, str]:
        with psycopg.connect(self._url) as connection:
            tables = [name for (name,) in connection.execute(TABLES).fetchall()]
            since = [f"SELECT * FROM {name} WHERE xmin::text::bigint >= %s" for name in tables]  # noqa: S608
            texts = {
                name: str(connection.execute(rows, [self._begun]).fetchall())  # type: ignore[call-overload]
                for name, rows in zip(tables, since, strict=True)
            }
        return {**texts, "the log": self._written.getvalue()}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Whatever the bank's loggers write."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


class TestTheBank:
    def test_keeps_no_card_number_anywhere(
        self, real_db: None, superuser_url: str, written: io.StringIO
    ) -> None:
        bank = Bank(connected(), superuser_url, written)
        assert SCRIPT.honest(bank) == []
        assert any("Fish & chips" in text for text in bank.kept().values())
        assert SCRIPT.attack(bank) == []
