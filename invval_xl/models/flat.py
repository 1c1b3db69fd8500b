"""Fitted trees as flat arrays, evaluated by numpy alone: what cells are served from.

The arrays come from scikit-learn's fitted trees (:mod:`invval_xl.models.export`) and give the
same float64 sums. Loading them runs no code; evaluating one row takes about a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Floats

__all__ = ["FlatForest", "softmax"]

_CHUNK_NODES = 2_000_000


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

    def leaves(self, matrix: NDArray[np.float32]) -> NDArray[np.int32]:
        """Leaf of every row in every tree, ``int32[n, t]``."""
        node = np.repeat(self.root[None, :], len(matrix), axis=0)
        rows = np.arange(len(matrix))[:, None]
        for _ in range(self.depth):
            node = self._step(matrix, rows, node)
        return node

    def _step(
        self, matrix: NDArray[np.float32], rows: NDArray[np.int64], node: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        x = matrix[rows, self.feature[node]]
        left = (x <= self.threshold[node]) | (np.isnan(x) & self.missing_left[node])
        return np.where(left, self.left[node], self.right[node])

    def total(self, matrix: NDArray[np.float32]) -> Floats:
        """Baseline plus the sum of the leaves' answers, ``float64[n, c]``."""
        out = np.empty((len(matrix), len(self.baseline)))
        chunk = max(1, _CHUNK_NODES // max(1, len(self.root)))
        for start in range(0, len(matrix), chunk):
            leaf = self.leaves(matrix[start : start + chunk])
            answers = self.value[leaf].reshape(len(leaf), -1, len(self.baseline))
            out[start : start + chunk] = answers.sum(axis=1)
        return np.asarray(out + self.baseline, np.float64)

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
