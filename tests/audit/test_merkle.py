"""The tree of RFC 9162, beside an independent implementation of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from audit import merkle

LEAVES = [merkle.leaf_hash(f"leaf {n}".encode()) for n in range(300)]


def node(level: int, index: int) -> bytes:
    """Return the hash of a complete subtree of LEAVES."""
    return merkle.root(LEAVES[index << level : (index + 1) << level])


def oracle(size: int) -> InmemoryTree:
    """Return pymerkle's tree over the same leaves."""
    tree = InmemoryTree(algorithm="sha256")
    for n in range(size):
        tree.append_entry(f"leaf {n}".encode())
    return tree


sizes = st.integers(1, 300)


class TestRoot:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, 255, 256, 257])
    def test_is_that_of_the_independent_tree(self, size: int) -> None:
        assert merkle.root(LEAVES[:size]) == oracle(size).get_root()

    def test_of_nothing_is_the_hash_of_nothing(self) -> None:
        assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    def test_tells_a_leaf_from_an_inner_node(self) -> None:
        left, right = LEAVES[:2]
        assert merkle.root([merkle.leaf_hash(left + right)]) != merkle.root([left, right])

    @given(sizes)
    def test_is_the_same_from_subtrees(self, size: int) -> None:
        assert merkle.range_hash(0, size, node) == merkle.root(LEAVES[:size])


class TestFrontier:
    @given(sizes, sizes)
    def test_goes_on_from_what_was_stored(self, first: int, second: int) -> None:
        first, second = sorted((first, second))
        frontier = merkle.Frontier()
        for leaf in LEAVES[:first]:
            frontier.extend([leaf])
        stored = merkle.Frontier.from_bytes(first, frontier.to_bytes())
        for leaf in LEAVES[first:second]:
            stored.extend([leaf])
        assert (stored.size, stored.root()) == (second, merkle.root(LEAVES[:second]))

    def test_refuses_the_bytes_of_another_size(self) -> None:
        with pytest.raises(ValueError, match="not the frontier of 3"):
            merkle.Frontier.from_bytes(3, bytes(32))

    def test_gives_a_tile_for_each_256_leaves(self) -> None:
        frontier, tiles = merkle.Frontier(), []
        for leaf in LEAVES:
            tiles += frontier.extend([leaf])
        assert tiles == [(8, 0, node(8, 0))]


class TestInclusion:
    @given(st.data(), sizes)
    def test_proof_leads_to_the_root(self, data: st.DataObject, size: int) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof = merkle.inclusion_proof(index, size, node)
        assert merkle.verify_inclusion(index, size, LEAVES[index], proof, merkle.root(LEAVES[:size]))

    @pytest.mark.parametrize("size", [1, 5, 8, 130])
    def test_proof_is_that_of_the_independent_tree(self, size: int) -> None:
        tree = oracle(size)
        for index in range(size):
            path = [
                bytes.fromhex(digest) for digest in tree.prove_inclusion(index + 1, size).serialize()["path"]
            ]
            assert path[0] == LEAVES[index]
            assert path[1:] == merkle.inclusion_proof(index, size, node)

    @given(st.data(), sizes)
    def test_refuses_another_leaf_place_size_or_path(self, data: st.DataObject, size: int) -> None:
        index = data.draw(st.integers(0, size - 1))
        proof, root = merkle.inclusion_proof(index, size, node), merkle.root(LEAVES[:size])
        other = data.draw(st.integers(0, size).filter(lambda n: n != index))
        assert not merkle.verify_inclusion(other, size, LEAVES[index], proof, root)
        assert not merkle.verify_inclusion(index, size, LEAVES[(index + 1) % 300], proof, root)
        assert not merkle.verify_inclusion(index, size, LEAVES[index], [*proof, root], root)
        assert not merkle.verify_inclusion(index, size, LEAVES[index], proof[:-1], root) or not proof

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3), (4, 3)])
    def test_is_refused_outside_the_tree(self, index: int, size: int) -> None:
        assert not merkle.verify_inclusion(index, size, LEAVES[0], [], merkle.root([]))
        with pytest.raises(ValueError, match="is not in a tree"):
            merkle.inclusion_proof(index, size, node)


class TestConsistency:
    @given(sizes, sizes)
    def test_proof_joins_an_older_tree_to_a_newer(self, old: int, new: int) -> None:
        old, new = sorted((old, new))
        proof = merkle.consistency_proof(old, new, node)
        assert merkle.verify_consistency(
            old, new, merkle.root(LEAVES[:old]), merkle.root(LEAVES[:new]), proof
        )

    @given(sizes, sizes)
    def test_refuses_a_rewritten_history(self, old: int, new: int) -> None:
        old, new = sorted((old, new))
        proof = merkle.consistency_proof(old, new, node)
        rewritten = merkle.root([merkle.leaf_hash(b"other"), *LEAVES[1:old]])
        assert not merkle.verify_consistency(old, new, rewritten, merkle.root(LEAVES[:new]), proof)

    @given(sizes, sizes)
    def test_refuses_a_proof_with_more_or_less(self, old: int, new: int) -> None:
        old, new = sorted((old, new))
        roots = merkle.root(LEAVES[:old]), merkle.root(LEAVES[:new])
        proof = merkle.consistency_proof(old, new, node)
        assert not merkle.verify_consistency(old, new, *roots, [*proof, roots[0]])
        if proof:
            assert not merkle.verify_consistency(old, new, *roots, proof[:-1])
            assert not merkle.verify_consistency(old, new, *roots, proof[1:])

    @pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (6, 5)])
    def test_is_refused_for_no_leaves_and_backwards(self, old: int, new: int) -> None:
        roots = merkle.root([]), merkle.root(LEAVES[:5])
        assert not merkle.verify_consistency(old, new, *roots, [])
        assert not merkle.verify_consistency(old, new, *roots, [roots[1]])
        with pytest.raises(ValueError, match="is not the beginning"):
            merkle.consistency_proof(old, new, node)

    def test_refuses_an_empty_proof_of_different_trees(self) -> None:
        assert not merkle.verify_consistency(3, 5, merkle.root(LEAVES[:3]), merkle.root(LEAVES[:5]), [])
