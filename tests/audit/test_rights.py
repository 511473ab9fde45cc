"""Who may do what with the log, asked of PostgreSQL for every role and every table."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

import uuid
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connections, transaction

from tests.audit.conftest import TABLES, Log, record_one, seal

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
# What a role may do with a whole table. Everything else it may not.
GRANTED = {
    ("bank_sealer", "outbox"): {"SELECT", "DELETE"},
    ("bank_sealer", "leaf"): {"SELECT", "INSERT"},
    ("bank_sealer", "tile"): {"SELECT", "INSERT"},
    ("bank_sealer", "checkpoint"): {"SELECT", "INSERT"},
    ("bank_sealer", "witnessed"): {"SELECT", "INSERT"},
    ("bank_reader", "leaf"): {"SELECT"},
    ("bank_reader", "tile"): {"SELECT"},
    ("bank_reader", "checkpoint"): {"SELECT"},
    ("bank_reader", "witnessed"): {"SELECT"},
    ("bank_reader", "opening"): {"SELECT"},
}
# What a role may do with single columns besides.
COLUMNS = {
    ("bank_app", "outbox"): {("INSERT", "event_id"), ("INSERT", "body")},
    ("bank_app", "opening"): {("INSERT", "event_id"), ("INSERT", "subject"), ("INSERT", "box")},
    ("bank_reader", "outbox"): {("SELECT", "event_id"), ("SELECT", "recorded_at")},
}
ROLES = ("bank_app", "bank_sealer", "bank_reader")


class TestRights:
    def test_there_is_no_table_this_test_does_not_know(self, log: Log) -> None:
        found = {row[0] for row in log.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'audit'")}
        assert found == set(TABLES)

    @pytest.mark.parametrize("table", TABLES)
    @pytest.mark.parametrize("role", ROLES)
    def test_on_a_table_are_what_the_list_says(self, log: Log, role: str, table: str) -> None:
        held = {
            privilege
            for privilege in PRIVILEGES
            if log.rows(f"SELECT has_table_privilege('{role}', 'audit.{table}', '{privilege}')")[0][0]
        }
        assert held == GRANTED.get((role, table), set())

    @pytest.mark.parametrize("table", TABLES)
    @pytest.mark.parametrize("role", ROLES)
    def test_on_columns_are_what_the_list_says(self, log: Log, role: str, table: str) -> None:
        query = f"""
            SELECT privilege_type, column_name FROM information_schema.column_privileges
            WHERE table_schema = 'audit' AND table_name = '{table}' AND grantee = '{role}'
        """
        by_table = GRANTED.get((role, table), set())
        held = {row for row in log.rows(query) if row[0] not in by_table}
        assert held == COLUMNS.get((role, table), set())

    @pytest.mark.parametrize("role", ROLES)
    def test_no_role_makes_anything_in_the_logs_schema(self, log: Log, role: str) -> None:
        assert log.rows(f"SELECT has_schema_privilege('{role}', 'audit', 'CREATE')") == [(False,)]

    @pytest.mark.parametrize("role", ROLES)
    def test_no_role_is_or_becomes_another(self, log: Log, role: str) -> None:
        assert log.rows(f"SELECT 1 FROM pg_auth_members WHERE member = '{role}'::regrole") == []
        assert log.rows(
            f"SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = '{role}'"
        ) == [(False, False, False)]


class TestApplication:
    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT * FROM audit.outbox",
            "SELECT * FROM audit.leaf",
            "SELECT * FROM audit.opening",
            "DELETE FROM audit.outbox",
            "UPDATE audit.outbox SET body = 'x'",
            "DELETE FROM audit.leaf",
            "UPDATE audit.leaf SET body = 'x'",
            "TRUNCATE audit.leaf",
            "DROP TABLE audit.leaf",
            "ALTER TABLE audit.leaf DISABLE TRIGGER ALL",
            "INSERT INTO audit.leaf (index) VALUES (1)",
            "INSERT INTO audit.outbox (event_id, body) VALUES (gen_random_uuid(), 'x') RETURNING id",
            "INSERT INTO audit.outbox (event_id, body, recorded_at) VALUES (gen_random_uuid(), 'x', now())",
            "SET ROLE bank_sealer",
            "SET session_replication_role = replica",
        ],
    )
    def test_can_only_add(self, log: Log, statement: str) -> None:
        record_one()
        with pytest.raises(ProgrammingError), transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(statement)

    def test_may_add(self, log: Log) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, 'x')", [uuid.uuid4()])
        assert log.waiting() == 1


class TestAppendOnly:
    STATEMENTS = [
        "UPDATE audit.{0} SET {1} = {1}",
        "DELETE FROM audit.{0}",
        "TRUNCATE audit.{0}",
    ]
    COLUMN = {"leaf": "body", "checkpoint": "note", "tile": "hash", "witnessed": "note"}

    @pytest.mark.parametrize("role", ["origin", "replica"])
    @pytest.mark.parametrize("statement", STATEMENTS)
    @pytest.mark.parametrize("table", COLUMN)
    def test_holds_even_for_a_superuser(self, log: Log, table: str, statement: str, role: str) -> None:
        record_one()
        seal()
        with log.superuser() as superuser:
            superuser.execute(f"SET session_replication_role = {role}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                superuser.execute(statement.format(table, self.COLUMN[table]))

    @pytest.mark.parametrize("statement", STATEMENTS)
    def test_holds_for_the_sealer(self, log: Log, statement: str) -> None:
        record_one()
        seal()
        with pytest.raises(DatabaseError), connections["sealer"].cursor() as cursor:
            cursor.execute(statement.format("leaf", "body"))

    @pytest.mark.parametrize("table", TABLES)
    def test_is_switched_on_always(self, log: Log, table: str) -> None:
        query = (
            f"SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'audit.{table}'::regclass AND NOT tgisinternal"
        )
        assert [row[0] for row in log.rows(query)] in ([b"A"], ["A"])


class TestTime:
    def test_is_the_databases_own(self, log: Log) -> None:
        record_one()
        said: Any = log.rows(
            "SELECT abs(extract(epoch FROM clock_timestamp() - recorded_at)) FROM audit.outbox"
        )
        assert said[0][0] < 30
