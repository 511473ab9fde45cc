"""The stored tree: any subtree's hash from tiles and leaves, in a few small reads."""

from typing import Any

from audit import merkle
from audit.merkle import TILE_LEVELS, Frontier

_TILES = "SELECT hash FROM audit.tile WHERE level = %s AND index >= %s AND index < %s ORDER BY index"
_LEAVES = "SELECT hash FROM audit.leaf WHERE index >= %s AND index < %s ORDER BY index"


class TreeIncomplete(Exception):
    """The tables hold fewer hashes than the log's size says."""


class StoredTree:
    """Computes subtree hashes on one database connection; remembers what it computed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree of 2**level leaves (merkle.Node); raises TreeIncomplete."""
        if (level, index) not in self._known:
            self._known[level, index] = self._read(level, index)
        return self._known[level, index]

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` leaves."""
        return merkle.range_hash(0, size, self.node)

    def _read(self, level: int, index: int) -> bytes:
        above = level % TILE_LEVELS
        count, base = 1 << above, level - above
        hashes = self._hashes(base, index << above, count)
        if len(hashes) != count:
            raise TreeIncomplete(f"level {base} has {len(hashes)} of {count} hashes from {index << above}")
        return merkle.root(hashes)

    def _hashes(self, level: int, start: int, count: int) -> list[bytes]:
        with self._connection.cursor() as cursor:
            if level:
                cursor.execute(_TILES, [level, start, start + count])
            else:
                cursor.execute(_LEAVES, [start, start + count])
            return [bytes(row[0]) for row in cursor.fetchall()]


def frontier_at(tree: StoredTree, size: int) -> Frontier:
    """Return the frontier of the first `size` leaves."""
    hashes, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(tree.node(level, start >> level))
            start += 1 << level
    return Frontier(size, hashes)
