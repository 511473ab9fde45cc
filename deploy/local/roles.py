"""The bank's logins in PostgreSQL and its database, made by the superuser."""

import re

import psycopg
from psycopg import sql

from deploy.local.postgres import Postgres
from deploy.local.state import PROJECT, State

ROLES = ("bank_owner", "bank_app", "bank_sealer", "bank_reader")
ROLES_SQL = PROJECT / "deploy" / "database" / "roles.sql"


class Roles:
    """The passwords of the four roles on one server, kept in the state directory."""

    def __init__(self, state: State, server: Postgres) -> None:
        self.server = server
        self.passwords = {role: state.secret(f"postgres-{role}") for role in ROLES}

    def create(self) -> None:
        """Create the roles, or set their passwords again."""
        script = ROLES_SQL.read_text()
        with psycopg.connect(self.server.superuser_url(), autocommit=True) as connection:
            for role, password in self.passwords.items():
                script = script.replace(f":'{role}_password'", sql.Literal(password).as_string(connection))
            connection.execute(script.encode())

    def url(self, role: str, database: str) -> str:
        """Return the connection URL of a role."""
        return self.server.url(role, self.passwords[role], database)

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database of `bank_owner` that only the bank's roles may enter, unless it is there."""
        create_database(self.server.superuser_url(), name, template=template)


def create_database(superuser_url: str, name: str, *, template: str = "template0") -> None:
    """Create a database of `bank_owner` that only the bank's roles may enter, unless it is there."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"not a database name: {name}")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        database, source = sql.Identifier(name), sql.Identifier(template)
        if not found:
            create = "CREATE DATABASE {} OWNER bank_owner TEMPLATE {} STRATEGY file_copy"
            connection.execute(sql.SQL(create).format(database, source))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        roles = sql.SQL(", ").join(map(sql.Identifier, ROLES))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, roles))
