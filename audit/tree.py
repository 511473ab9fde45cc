"""The stored tree: any subtree's hash from tiles and leaves, in a few small reads."""

from typing import Any

from audit import merkle
from audit.merkle import HASH_BYTES, TILE_LEVELS

_TILE = 1 << TILE_LEVELS
_HASHES = """
    SELECT count(*), max(index), string_agg(hash, ''::bytea ORDER BY index) FROM audit.{}
     WHERE index >= %s AND index < %s
"""
_OF_LEAVES, _OF_TILES = _HASHES.format("leaf"), _HASHES.format("tile") + " AND level = %s"


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
        return merkle.range_hash(0, size, self.node)

    def _read(self, level: int, index: int) -> bytes:
        above = level % TILE_LEVELS
        count, base = 1 << above, level - above
        number, place = divmod(index << above, _TILE)
        hashes = self._tile(base, number)[place : place + count]
        if len(hashes) != count:
            raise TreeIncomplete(f"level {base} has {len(hashes)} of {count} hashes from {index << above}")
        return merkle.root(hashes)

    def _tile(self, level: int, number: int) -> list[bytes]:
        """Return up to 256 neighbouring hashes of a stored level: one read for eight levels of a proof."""
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._hashes(level, number * _TILE)
        return self._tiles[level, number]

    def _hashes(self, level: int, start: int) -> list[bytes]:
        asked = [start, start + _TILE, *([level] if level else [])]
        with self._connection.cursor() as cursor:
            cursor.execute(_OF_TILES if level else _OF_LEAVES, asked)
            count, last, together = cursor.fetchone()
        if count and last != start + count - 1:
            raise TreeIncomplete(f"level {level} has a gap between {start} and {last}")
        hashes = bytes(together or b"")
        return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
