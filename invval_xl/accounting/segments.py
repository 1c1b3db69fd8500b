"""Cumulative sums, minima and recurrences within items, over all items at once.

Ledgers are ragged: a few items have thousands of layers, thousands have three. One running sum over
everything would let an item's size, or its unknown figure, touch the last digits of the next one; a
loop per item would take seconds. So items of like length are laid side by side as rows of a
rectangle (never more than twice the cells) and accumulated along the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from invval_xl.accounting.arrays import Floats

__all__ = ["Segments", "accumulate", "recurrence", "reduce"]


@dataclass(frozen=True, slots=True)
class Segments:
    """Where each item's rows begin and end; the rows of one item stand together, in order.

    Parameters
    ----------
    starts
        First row of each segment, ascending, beginning with 0.
    lengths
        Rows of each segment.

    Examples
    --------
    >>> Segments.of([7, 7, 9]).lengths
    array([2, 1])
    """

    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]

    @classmethod
    def of(cls, item: ArrayLike) -> Segments:
        """Segments of equal neighbours in ``item`` (shape: rows)."""
        key = np.asarray(item)
        if key.size == 0:
            empty = np.empty(0, dtype=np.intp)
            return cls(empty, empty)
        changes = np.flatnonzero(key[1:] != key[:-1]) + 1
        starts = np.concatenate(([0], changes)).astype(np.intp)
        lengths = np.diff(np.concatenate((starts, [key.size]))).astype(np.intp)
        return cls(starts, lengths)

    @classmethod
    def one(cls, rows: int) -> Segments:
        """Make a single segment of ``rows`` rows (none at all for 0)."""
        if rows == 0:
            empty = np.empty(0, dtype=np.intp)
            return cls(empty, empty)
        return cls(np.zeros(1, dtype=np.intp), np.array([rows], dtype=np.intp))

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return int(self.lengths.sum())

    def spread(self, by_segment: ArrayLike) -> Floats:
        """Repeat a figure of each segment on each of its rows."""
        return np.repeat(np.asarray(by_segment, dtype=np.float64), self.lengths)

    def place(self) -> NDArray[np.intp]:
        """Count the place of each row within its segment, from 0."""
        return np.arange(self.rows, dtype=np.intp) - np.repeat(self.starts, self.lengths)

    def previous(self, values: Floats, first: float) -> Floats:
        """Take the value of the row before in the same segment; ``first`` at the head of each."""
        before = np.empty_like(values)
        before[1:] = values[:-1]
        before[self.starts] = first
        return before


def reduce(operation: np.ufunc, values: Floats, segments: Segments) -> Floats:
    """``operation`` over each segment.

    Examples
    --------
    >>> reduce(np.add, np.array([1.0, 2.0, 5.0]), Segments.of([7, 7, 9]))
    array([3., 5.])
    """
    if segments.starts.size == 0:
        return np.empty(0)
    result: Floats = operation.reduceat(values, segments.starts)
    return result


def accumulate(
    operation: np.ufunc, values: Floats, segments: Segments, *, from_end: bool = False
) -> Floats:
    """``operation`` accumulated within each segment, from its first row or from its last.

    Examples
    --------
    >>> accumulate(np.add, np.array([1.0, 2.0, 5.0]), Segments.of([7, 7, 9]))
    array([1., 3., 5.])
    >>> accumulate(np.minimum, np.array([4.0, 2.0, 5.0]), Segments.one(3), from_end=True)
    array([2., 2., 5.])
    """
    if from_end:
        backwards = Segments(
            (segments.rows - segments.starts - segments.lengths)[::-1], segments.lengths[::-1]
        )
        return accumulate(operation, values[::-1], backwards)[::-1]
    if segments.starts.size <= 1:
        whole: Floats = operation.accumulate(values)
        return whole
    result = np.empty_like(values)
    # Lengths are classed by power of two: a loop over at most some thirty classes, not over items.
    size_class = np.frexp(segments.lengths.astype(np.float64) - 0.5)[1]
    for size in np.unique(size_class):
        chosen = size_class == size
        lengths, starts = segments.lengths[chosen], segments.starts[chosen]
        width = int(lengths.max())
        column = np.arange(width)
        inside = column < lengths[:, None]
        rows = starts[:, None] + np.minimum(column, lengths[:, None] - 1)
        result[rows[inside]] = operation.accumulate(values[rows], axis=1)[inside]
    return result


def recurrence(keep: Floats, add: Floats, segments: Segments) -> Floats:
    """``v = keep * v_before + add`` within each segment, starting from nothing.

    The moving average is such a recurrence: an issue keeps a share of the value, a receipt adds to
    it. Composing neighbours in doubling strides solves it in log2(longest segment) passes; with
    ``keep`` in 0 to 1 nothing cancels and nothing overflows.

    Examples
    --------
    >>> recurrence(np.array([1.0, 0.5, 1.0]), np.array([8.0, 0.0, 3.0]), Segments.one(3))
    array([8., 4., 7.])
    """
    if segments.starts.size == 0:
        return np.empty(0)
    factor, value = keep.copy(), add.copy()
    place = segments.place()
    stride, longest = 1, int(segments.lengths.max())
    while stride < longest:
        rows = np.flatnonzero(place >= stride)
        earlier = rows - stride
        # The right-hand sides are gathered in full before either array is overwritten.
        value[rows] = value[rows] + factor[rows] * value[earlier]
        factor[rows] = factor[rows] * factor[earlier]
        stride *= 2
    return value
