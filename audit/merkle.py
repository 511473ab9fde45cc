"""The Merkle tree of RFC 9162, section 2.1: roots, proofs, and how to check them. Pure functions, SHA-256."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

Node = Callable[[int, int], bytes]  # the hash of a complete subtree by (level, index), wherever it is kept

HASH_BYTES = 32
TILE_LEVELS = 8


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf's bytes; the prefix tells leaves from inner nodes (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The roots of the complete subtrees of a tree, largest first: all that appending needs."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Return the frontier that `to_bytes` wrote; raises ValueError when it cannot be of this size."""
        if len(data) != HASH_BYTES * size.bit_count():
            raise ValueError(f"not the frontier of {size} leaves")
        return cls(size, [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])

    def to_bytes(self) -> bytes:
        """Return the hashes in one piece."""
        return b"".join(self.hashes)

    def extend(self, leaves: Sequence[bytes]) -> list[tuple[int, int, bytes]]:
        """Add leaf hashes; return the tiles this completes, as (level, index, hash)."""
        heights = [level for level in range(self.size.bit_length()) if self.size >> level & 1]
        waiting = {level: self.hashes.pop() for level in heights}
        nodes, start, level, tiles = list(leaves), self.size, 0, []
        while nodes:
            if level and level % TILE_LEVELS == 0:
                tiles += [(level, start + place, node) for place, node in enumerate(nodes)]
            if start & 1:
                nodes.insert(0, waiting.pop(level))
            if len(nodes) & 1:
                waiting[level] = nodes.pop()
            nodes = [node_hash(*pair) for pair in zip(nodes[::2], nodes[1::2], strict=True)]
            start, level = start >> 1, level + 1
        self.size += len(leaves)
        self.hashes = [waiting[level] for level in sorted(waiting, reverse=True)]
        return tiles

    def root(self) -> bytes:
        """Return the root of the tree so far; that of no leaves is the hash of nothing."""
        if not self.hashes:
            return hashlib.sha256().digest()
        return reduce(lambda right, left: node_hash(left, right), reversed(self.hashes))


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    (frontier := Frontier()).extend(list(leaves))
    return frontier.root()


def range_hash(start: int, end: int, node: Node) -> bytes:
    """Return the hash of the subtree over leaves [start, end), aligned as RFC 9162 splits them."""
    size = end - start
    if size & (size - 1) == 0:
        return node(size.bit_length() - 1, start // size)
    middle = start + _split(size)
    return node_hash(range_hash(start, middle, node), range_hash(middle, end, node))


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, nearest first (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return _siblings(index, size, node, lambda start, end: end - start == 1)[0]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the hashes that prove the old tree is the beginning of the new one (RFC 9162, 2.1.4.1)."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} is not the beginning of one of {new}")
    path, start = _siblings(old - 1, new, node, lambda _, end: end == old)
    return [range_hash(start, old, node), *path] if start else path


def _siblings(index: int, size: int, node: Node, arrived: Callable[..., bool]) -> tuple[list[bytes], int]:
    """Go down to a leaf until arrived; return what stood beside, nearest first, and where it starts."""
    path: list[bytes] = []
    start, end = 0, size
    while not arrived(start, end):
        middle = start + _split(end - start)
        beside = (middle, end) if index < middle else (start, middle)
        path.append(range_hash(*beside, node))
        start, end = (start, middle) if index < middle else (middle, end)
    return path[::-1], start


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> bool:
    """Return whether the proof leads from the leaf's hash to the expected root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(sides := _sides(index, size - 1)) != len(proof):
        return False
    node = leaf
    for sibling, stands_left in zip(proof, sides, strict=True):
        node = node_hash(sibling, node) if stands_left else node_hash(node, sibling)
    return node == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the old tree begins the new one (RFC 9162, 2.1.4.2). No leaves prove nothing."""
    if not 0 < old <= new:
        return False
    if old == new:
        return old_root == new_root and not proof
    first, *rest = [old_root, *proof] if old & (old - 1) == 0 else [*proof] or [b""]
    complete = (old & -old).bit_length() - 1  # levels at which the old tree ends with a whole subtree
    sides = _sides((old - 1) >> complete, (new - 1) >> complete)
    if len(sides) != len(rest):
        return False
    old_node = new_node = first
    for sibling, stands_left in zip(rest, sides, strict=True):
        old_node = node_hash(sibling, old_node) if stands_left else old_node
        new_node = node_hash(sibling, new_node) if stands_left else node_hash(new_node, sibling)
    return old_node == old_root and new_node == new_root


def _sides(at: int, last: int) -> list[bool]:
    """Return for each step from a node up to the root whether its sibling stands left."""
    sides = []
    while last:
        sides.append(bool(at & 1) or at == last)
        while sides[-1] and at and not at & 1:  # no sibling on these levels
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return sides


def _split(size: int) -> int:
    """Return the largest power of two smaller than the size."""
    return 1 << (size - 1).bit_length() - 1
