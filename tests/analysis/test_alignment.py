"""Aligning two sequences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runner.analysis.difference.alignment import aligned, by_occurrence, longest_increasing, shortest

few = st.lists(st.integers(0, 3), max_size=12)


def common(left: Sequence[int], right: Sequence[int]) -> int:
    """Return the length of a longest common subsequence, by the book."""
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            best[i + 1][j + 1] = best[i][j] + 1 if one == other else max(best[i][j + 1], best[i + 1][j])
    return best[-1][-1]


def hold(left: Sequence[int], right: Sequence[int], pairs: Sequence[tuple[int, int]]) -> None:
    """Check that pairs are the same and keep the order."""
    assert all(left[one] == right[other] for one, other in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


@given(few, few)
def test_shortest_is_shortest(left: list[int], right: list[int]) -> None:
    """No more can be aligned than is."""
    pairs = shortest(left, right)
    assert pairs is not None
    hold(left, right, pairs)
    assert len(pairs) == common(left, right)


@given(few, few)
def test_by_occurrence(left: list[int], right: list[int]) -> None:
    """What is found where there is no time for more is right, and all of it where the two are the same."""
    hold(left, right, by_occurrence(left, right))
    assert by_occurrence(left, left) == [(index, index) for index in range(len(left))]


def test_too_different_to_be_aligned_well() -> None:
    """Long sequences with little in common are aligned all the same, in another way."""
    left, right = [*range(3000)], [*range(2999, -1, -1)]
    assert shortest(left, right) is None
    hold(left, right, aligned(left, right))
    assert len(aligned(left, right)) == 1


@given(st.permutations(range(9)))
def test_longest_increasing(values: list[int]) -> None:
    """What is left out is as little as can be."""
    kept = [values[position] for position in longest_increasing(values)]
    assert kept == sorted(kept)
    assert len(kept) == common(values, range(9))
