"""Fitted trees as flat arrays, evaluated by numpy alone: what cells are served from.

The arrays come from scikit-learn's fitted trees (:mod:`invval_xl.models.export`) and give the
same float64 sums. Loading them runs no code; evaluating one row takes about a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Floats

__all__ = ["FlatForest", "Grove", "softmax"]

_CHUNK_NODES = 2_000_000
_LOOK_FROM = 6  # no tree ends everywhere before so many steps
_THIN_OUT = 4_000  # from so many walkers on, those that reached a leaf are left behind


def softmax(raw: Floats) -> Floats:
    """Probabilities of raw scores, row by row; one column is the score of the second of two."""
    if raw.shape[1] == 1:
        up = 1.0 / (1.0 + np.exp(-raw[:, 0]))
        return np.stack([1.0 - up, up], axis=1)
    shifted = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float64)


@dataclass(frozen=True, eq=False)
class FlatForest:
    """Trees side by side.

    Parameters
    ----------
    feature
        ``int32[m]`` column tested at each node; leaves test column 0 and stay where they are.
    threshold
        ``float64[m]``: left where the value is at most this.
    missing_left
        ``bool[m]``: where an unknown value goes.
    left, right
        ``int32[m]`` absolute node numbers; a leaf names itself.
    root
        ``int32[t]`` first node of each tree.
    value
        ``float64[m, v]`` what each node holds: at a leaf its answer, inside the mean answer of
        the training rows below, which is what explanations walk along.
    groups
        Trees answer in turn for so many columns (boosting: one tree a class and round, ``v`` is
        1); 1 where each tree answers for all (forest: ``v`` is the number of classes).
    depth
        Longest way from a root to a leaf.
    baseline
        ``float64[groups * v]`` added to the sum.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    root: NDArray[np.int32]
    value: NDArray[np.float64]
    groups: int
    depth: int
    baseline: NDArray[np.float64]

    @cached_property
    def grove(self) -> Grove:
        """The forest alone, ready to be walked."""
        return Grove.of(self)

    def leaves(self, matrix: NDArray[np.float32]) -> NDArray[np.int64]:
        """Leaf of every row in every tree, ``int64[n, t]``."""
        return self.grove.leaves(matrix)[0]

    def _step(
        self, matrix: NDArray[np.float32], rows: NDArray[np.int64], node: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        x = matrix[rows, self.feature[node]]
        left = (x <= self.threshold[node]) | (np.isnan(x) & self.missing_left[node])
        return np.where(left, self.left[node], self.right[node])

    def total(self, matrix: NDArray[np.float32]) -> Floats:
        """Baseline plus the sum of the leaves' answers, ``float64[n, c]``."""
        return self.grove.totals(matrix, (self,))[0]

    def sum_of(self, leaf: NDArray[np.int64]) -> Floats:
        """Baseline plus the sum of the answers of ``leaf`` (``[n, t]``)."""
        answers = self.value[leaf].reshape(len(leaf), -1, len(self.baseline))
        return np.asarray(answers.sum(axis=1) + self.baseline, np.float64)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Arrays for an ``.npz`` file, no pickle needed."""
        return {
            f"{prefix}.feature": self.feature,
            f"{prefix}.threshold": self.threshold,
            f"{prefix}.missing_left": self.missing_left,
            f"{prefix}.left": self.left,
            f"{prefix}.right": self.right,
            f"{prefix}.root": self.root,
            f"{prefix}.value": self.value,
            f"{prefix}.groups": np.array(self.groups, np.int64),
            f"{prefix}.depth": np.array(self.depth, np.int64),
            f"{prefix}.baseline": self.baseline,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> FlatForest:
        """The reverse of :meth:`to_arrays`."""

        def get(name: str, dtype: type[np.generic]) -> NDArray[np.generic]:
            return np.ascontiguousarray(arrays[f"{prefix}.{name}"], dtype)

        return cls(
            feature=get("feature", np.int32),  # type: ignore[arg-type]
            threshold=get("threshold", np.float64),  # type: ignore[arg-type]
            missing_left=get("missing_left", np.bool_),  # type: ignore[arg-type]
            left=get("left", np.int32),  # type: ignore[arg-type]
            right=get("right", np.int32),  # type: ignore[arg-type]
            root=get("root", np.int32),  # type: ignore[arg-type]
            value=get("value", np.float64),  # type: ignore[arg-type]
            groups=int(arrays[f"{prefix}.groups"]),
            depth=int(arrays[f"{prefix}.depth"]),
            baseline=get("baseline", np.float64),  # type: ignore[arg-type]
        )


@dataclass(frozen=True, eq=False)
class Grove:
    """Several forests over the same columns, walked together: what makes one cell cheap.

    A step is four gathers for all trees of all forests at once. A value stands twice in a row's
    table, once with unknown as minus infinity (goes left) and once as NaN (goes right), so that
    a node's test is one comparison. The sums are those of the forests one by one.

    Parameters
    ----------
    test
        ``int64[m]`` place of each node's value in the row's table.
    threshold
        ``float64[m]``.
    child
        ``int64[2 m]``: right, then left child of each node; a leaf names itself.
    root
        ``int64[t]`` first node of each tree of all forests.
    trees, offset
        How many trees each forest has, and by how much its node numbers are moved.
    depth
        Longest way from a root to a leaf.
    """

    test: NDArray[np.int64]
    threshold: NDArray[np.float64]
    child: NDArray[np.int64]
    root: NDArray[np.int64]
    trees: tuple[int, ...]
    offset: tuple[int, ...]
    depth: int

    @classmethod
    def of(cls, *forests: FlatForest) -> Grove:
        """Plant ``forests`` side by side."""
        size = [len(f.feature) for f in forests]
        offset = [sum(size[:i]) for i in range(len(forests))]

        def moved(name: str) -> NDArray[np.int64]:
            parts = zip(forests, offset, strict=True)
            return np.concatenate([getattr(f, name).astype(np.int64) + at for f, at in parts])

        test = [2 * f.feature.astype(np.int64) + f.missing_left for f in forests]
        return cls(
            np.concatenate(test),
            np.concatenate([f.threshold for f in forests]),
            np.stack([moved("right"), moved("left")], axis=1).reshape(-1),
            moved("root"),
            tuple(len(f.root) for f in forests),
            tuple(offset),
            max(f.depth for f in forests),
        )

    def leaves(self, matrix: NDArray[np.float32]) -> tuple[NDArray[np.int64], ...]:
        """Leaf of every row in every tree, ``int64[n, t]`` a forest, in its own numbering."""
        n, width = matrix.shape
        table = np.empty((n, width, 2))
        table[:, :, 0] = matrix
        table[:, :, 1] = np.where(np.isnan(matrix), -np.inf, matrix)
        flat = table.reshape(-1)
        node = np.tile(self.root, n)
        start = np.repeat(np.arange(n, dtype=np.int64) * (2 * width), len(self.root))
        if len(node) < _THIN_OUT:
            for step in range(self.depth):
                here, node = node, self._step(flat, start, node)
                if step >= _LOOK_FROM and bool((here == node).all()):
                    break
        else:
            walking = np.arange(len(node))
            for _ in range(self.depth):
                here = node[walking]
                after = self._step(flat, start[walking], here)
                node[walking] = after
                walking = walking[after != here]
                if not len(walking):
                    break
        found = node.reshape(n, -1)
        ends = np.cumsum(self.trees)
        return tuple(
            found[:, end - count : end] - at
            for end, count, at in zip(ends.tolist(), self.trees, self.offset, strict=True)
        )

    def _step(
        self, flat: NDArray[np.float64], start: NDArray[np.int64], node: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        left = flat.take(self.test.take(node) + start) <= self.threshold.take(node)
        return self.child.take(2 * node + left)

    def totals(
        self, matrix: NDArray[np.float32], forests: tuple[FlatForest, ...]
    ) -> tuple[Floats, ...]:
        """The sum of each of ``forests``, which this grove was planted of."""
        chunk = max(1, _CHUNK_NODES // max(1, len(self.root)))
        parts = [
            [f.sum_of(leaf) for f, leaf in zip(forests, found, strict=True)]
            for first in range(0, len(matrix), chunk)
            for found in [self.leaves(matrix[first : first + chunk])]
        ]
        if not parts:
            return tuple(np.empty((0, len(f.baseline))) for f in forests)
        return tuple(np.concatenate(own) for own in zip(*parts, strict=True))
