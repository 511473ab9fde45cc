"""The limit of payments: the same durable double entry as one SQL function, asked by pgbench."""

from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.pgbench import Pgbench
from benchmarks.place import Place

NAME = "bench_limit"
_OPEN = "INSERT INTO account SELECT numbered(n), 'GBP', 1000000000 FROM generate_series(1, %s) n"
_SQL = Path(__file__).resolve().parent.parent / "sql" / "limit.sql"


@dataclass(frozen=True, slots=True)
class PaymentLimit:
    """A database with nothing but balances, entries, idempotency rows, an outbox and the function."""

    database_url: str
    accounts: int

    def rate(self, seconds: float, *, clients: int = 16) -> float:
        """Return payments per second."""
        return Pgbench(self.database_url).rate(
            "limit_payment", clients=clients, seconds=seconds, accounts=self.accounts
        )


def prepare(place: Place, *, accounts: int, name: str = NAME) -> PaymentLimit:
    """Make the database, with as many accounts as the bank has."""
    return fill(place.new_database(name), accounts=accounts)


def fill(database_url: str, *, accounts: int) -> PaymentLimit:
    """Make tables, function and accounts in an empty database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_SQL.read_bytes())
        connection.execute(_OPEN, [accounts])
        connection.execute("VACUUM ANALYZE")
    return PaymentLimit(database_url, accounts)
