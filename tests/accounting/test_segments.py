"""Cumulative sums, minima and recurrences within items equal a plain loop over the items."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.accounting.arguments import total
from invval_xl.accounting.segments import Segments, accumulate, recurrence, reduce

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=12)


def by_loop(values, key, one):
    return np.concatenate([one(values[key == item]) for item in np.unique(key)])


@given(LENGTHS, st.randoms(use_true_random=False), st.booleans())
def test_accumulate_is_the_loop_over_items(lengths, random, from_end):
    key = np.repeat(np.arange(len(lengths)), lengths)
    values = np.array([random.random() for _ in key])
    step = -1 if from_end else 1
    for operation in (np.add, np.minimum, np.maximum):
        ours = accumulate(operation, values, Segments.of(key), from_end=from_end)
        plain = by_loop(values, key, lambda v, f=operation: f.accumulate(v[::step])[::step])
        assert (ours == plain).all()


@given(LENGTHS, st.randoms(use_true_random=False))
def test_recurrence_is_the_loop_over_rows(lengths, random):
    key = np.repeat(np.arange(len(lengths)), lengths)
    keep = np.array([random.random() for _ in key])
    add = np.array([random.random() for _ in key])
    value, plain, current = 0.0, [], None
    for item, k, a in zip(key, keep, add, strict=True):
        value = a if item != current else k * value + a
        current = item
        plain.append(value)
    assert recurrence(keep, add, Segments.of(key)) == pytest.approx(plain, rel=1e-12)


def test_neighbouring_items_of_any_size_keep_their_last_digits():
    """An item of a million million units does not blur its small neighbour."""
    values = np.array([1e15, 0.1, 0.1, 0.1])
    ours = accumulate(np.add, values, Segments.of([1, 2, 2, 2]))
    assert (ours[1:] == np.cumsum([0.1, 0.1, 0.1])).all()


def test_segments_know_their_rows():
    segments = Segments.of(["a", "a", "b", "a"])
    assert segments.lengths.tolist() == [2, 1, 1]  # neighbours only: the key must be grouped
    assert segments.place().tolist() == [0, 1, 0, 0]
    assert segments.spread([5, 6, 7]).tolist() == [5, 5, 6, 7]
    assert segments.previous(np.array([1.0, 2, 3, 4]), -1).tolist() == [-1, 1, -1, -1]
    assert segments.rows == 4


def test_no_rows():
    for none in (Segments.of([]), Segments.one(0)):
        assert none.rows == 0
        assert reduce(np.add, np.empty(0), none).size == 0
        assert accumulate(np.add, np.empty(0), none).size == 0
        assert recurrence(np.empty(0), np.empty(0), none).size == 0


def test_a_total_of_plain_zeros_is_zero_and_a_column_of_zeros_keeps_its_shape():
    assert total(("a", 0.0), ("b", 0)) == 0
    assert total(("a", [0, 0]), ("b", 0)).tolist() == [0, 0]
    assert np.isnan(total(("a", 1.0), ("b", np.nan)))
