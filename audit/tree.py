"""The stored tree: any subtree's hash from tiles and leaves; all that one proof needs in one read."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from audit import merkle
from audit.merkle import HASH_BYTES, TILE_LEVELS

_TILE = 1 << TILE_LEVELS
Answer = TypeVar("Answer")
# Tiles of leaves and of higher levels stand in two tables; for each tile one range of an index is read.
_HASHES = """
    SELECT asked.level, asked.number, found.count, found.last, found.hashes
      FROM unnest(%(levels)s::smallint[], %(numbers)s::bigint[]) AS asked (level, number)
     CROSS JOIN LATERAL (
           SELECT count(*), max(index) AS last, string_agg(hash, ''::bytea ORDER BY index) AS hashes
             FROM audit.{table} AS stored
            WHERE index >= asked.number * 256 AND index < asked.number * 256 + 256 AND {of_level}) found
     WHERE {of_table}
"""
_TILES = (
    _HASHES.format(table="leaf", of_level="true", of_table="asked.level = 0")
    + " UNION ALL "
    + _HASHES.format(table="tile", of_level="stored.level = asked.level", of_table="asked.level > 0")
)


class TreeIncomplete(Exception):
    """The tables hold fewer hashes than the log's size says."""


class StoredTree:
    """Computes subtree hashes on one database connection; remembers what it computed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int], bytes] = {}
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree of 2**level leaves (merkle.Node); raises TreeIncomplete."""
        if (level, index) not in self._known:
            self._known[level, index] = self._read(level, index)
        return self._known[level, index]

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` leaves."""
        return self.answer(lambda node: merkle.range_hash(0, size, node))

    def answer(self, question: Callable[[merkle.Node], Answer]) -> Answer:
        """Return what is asked: once in vain, to hear which tiles it needs, then with all of them at hand."""
        needed: set[tuple[int, int]] = set()

        def hear(level: int, index: int) -> bytes:
            needed.add(_place(level, index)[:2])
            return b""

        question(hear)
        if unread := needed - self._tiles.keys():
            self._fetch(unread)
        return question(self.node)

    def _read(self, level: int, index: int) -> bytes:
        base, number, place, count = _place(level, index)
        if (base, number) not in self._tiles:
            self._fetch([(base, number)])
        hashes = self._tiles[base, number][place : place + count]
        if len(hashes) != count:
            raise TreeIncomplete(
                f"level {base} has {len(hashes)} of {count} hashes from {number * _TILE + place}"
            )
        return merkle.root(hashes)

    def _fetch(self, tiles: Iterable[tuple[int, int]]) -> None:
        """Read up to 256 neighbouring hashes of a stored level for each tile, all in one query."""
        levels, numbers = (list(column) for column in zip(*tiles, strict=True))
        with self._connection.cursor() as cursor:
            cursor.execute(_TILES, {"levels": levels, "numbers": numbers})
            for level, number, count, last, together in cursor.fetchall():
                if count and last != number * _TILE + count - 1:
                    raise TreeIncomplete(f"level {level} has a gap between {number * _TILE} and {last}")
                hashes = bytes(together or b"")
                split = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
                self._tiles[level, number] = split


def _place(level: int, index: int) -> tuple[int, int, int, int]:
    """Return where a subtree's hash comes from: stored level, tile, place in it, how many hashes."""
    above = level % TILE_LEVELS
    return level - above, *divmod(index << above, _TILE), 1 << above
