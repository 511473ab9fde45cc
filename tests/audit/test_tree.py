"""Proofs from the stored tree: the same as from memory, and read in one query however large the log is."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from audit import merkle
from audit.tree import StoredTree, TreeIncomplete

SIZE = 66_000  # leaves of three stored levels
LEAVES = [os.urandom(merkle.HASH_BYTES) for _ in range(SIZE)]


class Counting:
    """A connection that counts how often it is asked."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection, self.asked = connection, 0

    def cursor(self) -> Any:
        self.asked += 1
        return self.connection.cursor()


@pytest.fixture(scope="module")
def kept(superuser_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Keep nothing but the tree of LEAVES, for this connection alone: undone after the last test."""
    tiles = merkle.Frontier().extend(LEAVES)
    with psycopg.connect(superuser_url) as connection:
        cursor = connection.cursor()
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "ALTER TABLE audit.leaf DISABLE TRIGGER ALL; ALTER TABLE audit.tile DISABLE TRIGGER ALL"
        )
        cursor.execute("TRUNCATE audit.leaf, audit.tile CASCADE")
        cursor.execute("CREATE TEMP TABLE given (index bigint, hash bytea)")
        with cursor.copy("COPY given FROM STDIN") as copy:
            for row in enumerate(LEAVES):
                copy.write_row(row)
        cursor.execute(
            "INSERT INTO audit.leaf"
            " (index, event_id, recorded_at, kind, outcome, subject, target, body, hash)"
            " SELECT index, gen_random_uuid(), now(), 'x', 'success', '', '', 'x', hash FROM given"
        )
        with cursor.copy("COPY audit.tile (level, index, hash) FROM STDIN") as copy:
            for tile in tiles:
                copy.write_row(tile)
        yield connection
        connection.rollback()


@pytest.fixture
def stored(kept: psycopg.Connection[Any]) -> Iterator[Counting]:
    """The tree as it was kept, whatever another test took from it."""
    with kept.transaction(force_rollback=True):
        yield Counting(kept)


def node(level: int, index: int) -> bytes:
    return merkle.root(LEAVES[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 1000, 65_535, 65_536, 65_537, SIZE])
def test_proves_what_the_tree_in_memory_proves_in_one_query(stored: Counting, size: int) -> None:
    for index in {0, size // 3, size - 1}:
        stored.asked = 0
        tree = StoredTree(stored)
        proof = tree.answer(lambda node, index=index: merkle.inclusion_proof(index, size, node))  # type: ignore[misc]
        assert proof == merkle.inclusion_proof(index, size, node)
        assert stored.asked == (1 if size > 1 else 0)
    assert StoredTree(stored).root(size) == merkle.range_hash(0, size, node)
    old = size // 2 or 1
    asked = StoredTree(stored).answer(lambda node: merkle.consistency_proof(old, size, node))
    assert asked == merkle.consistency_proof(old, size, node)


@pytest.mark.parametrize("table", ["leaf", "tile"])
def test_says_so_when_a_hash_is_missing(stored: Counting, table: str) -> None:
    stored.connection.execute(f"DELETE FROM audit.{table} WHERE index = 100")  # type: ignore[arg-type] # noqa: S608
    with pytest.raises(TreeIncomplete):
        StoredTree(stored).answer(lambda node: merkle.inclusion_proof(50, SIZE, node))
    with pytest.raises(TreeIncomplete):
        StoredTree(stored).node(0 if table == "leaf" else 8, 100)
