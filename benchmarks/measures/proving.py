"""Inclusion proofs out of a log of a thousand leaves, and of a million: how many a second."""

import os
import random
import time
from collections.abc import Callable

import psycopg

from audit import merkle
from audit.merkle import Frontier
from audit.tree import StoredTree
from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.rounds import Plan, Side, interleave

GOAL = 0.66  # at most half as slow again
SMALL, LARGE = 1_000, 1_000_000
_TABLES = """
    CREATE SCHEMA audit;
    CREATE TABLE audit.leaf (index bigint PRIMARY KEY, hash bytea NOT NULL);
    CREATE TABLE audit.tile (level smallint, index bigint, hash bytea NOT NULL, PRIMARY KEY (level, index));
"""


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return the figure of proofs from a large log beside proofs from a small one."""
    sides = []
    for size in (LARGE, SMALL):
        connection = psycopg.connect(_filled(bank, size), autocommit=True)
        sides.append(Side(f"{size:,} leaves", _proofs_a_second(connection, size)))
    interleave(sides, plan, between=bank.place.settle)
    return [
        Figure(
            name="proving",
            ours=sides[0].rates,
            other=sides[1].rates,
            against="limit",
            other_is=f"the same from a log of {SMALL:,} leaves",
            how=f"Inclusion proofs of random leaves of {LARGE:,}, read and computed one after another on one"
            " connection, nothing kept between two of them.",
            goal=GOAL,
        )
    ]


def _filled(bank: BankUnderLoad, size: int) -> str:
    """Make a database that holds nothing but a tree of random leaves; return its URL."""
    url = bank.place.new_database(f"proofs_{size}")
    leaves = [os.urandom(merkle.HASH_BYTES) for _ in range(size)]
    tiles = Frontier().extend(leaves)
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES.encode())
        with cursor.copy("COPY audit.leaf (index, hash) FROM STDIN") as copy:
            for row in enumerate(leaves):
                copy.write_row(row)
        with cursor.copy("COPY audit.tile (level, index, hash) FROM STDIN") as copy:
            for tile in tiles:
                copy.write_row(tile)
        cursor.execute("VACUUM ANALYZE")
    return url


def _proofs_a_second(connection: psycopg.Connection, size: int) -> Callable[[float], float]:
    def measure(seconds: float) -> float:
        began, made = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            index = random.randrange(size)
            StoredTree(connection).answer(lambda node: merkle.inclusion_proof(index, size, node))  # noqa: B023
            made += 1
        return made / (time.perf_counter() - began)

    return measure
