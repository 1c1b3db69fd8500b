"""The classifier both questions use: boosting and a random forest, averaged.

The forest is the better ranker on short history, boosting is the better calibrated; their mean
is better than either on the shared sets. Training imports scikit-learn inside functions; a
``ForestPair`` itself serves from flat arrays and needs numpy alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.flat import FlatForest, Grove, softmax

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Floats, Ints

__all__ = ["Caps", "ForestPair", "fit_pair", "usable_columns"]

BATCH_ROWS = 4_000  # from here on scikit-learn's compiled walk beats numpy's


@dataclass(frozen=True)
class Caps:
    """Size of the estimators. The defaults are small on purpose: two cores, short history."""

    rounds: int = 80
    leaves: int = 15
    learning_rate: float = 0.08
    leaf_rows: int = 40
    forest_trees: int = 60
    forest_leaf_rows: int = 12
    forest_share: float = 0.5
    max_rows: int = 25_000
    seed: int = 20_261

    def halved(self) -> Caps:
        """Half the trees of each kind."""
        return replace(self, rounds=self.rounds // 2, forest_trees=self.forest_trees // 2)


@dataclass(frozen=True, eq=False)
class ForestPair:
    """Two fitted classifiers over the same classes, averaged.

    Parameters
    ----------
    columns
        Names of the features they read, in order.
    boosting, forest
        Flat arrays.
    estimators
        The scikit-learn originals where they are loaded: used for large batches only, and equal.
    """

    columns: tuple[str, ...]
    boosting: FlatForest
    forest: FlatForest
    estimators: tuple[Any, Any] | None = field(default=None, repr=False)

    def predict(self, matrix: NDArray[np.float32]) -> Floats:
        """Class probabilities, ``float64[n, k]``, rounded to nothing."""
        if self.estimators is not None and len(matrix) >= BATCH_ROWS:
            boosting, forest = self.estimators
            answer = 0.5 * (boosting.predict_proba(matrix) + forest.predict_proba(matrix))
            return np.asarray(answer, np.float64)
        return self.predict_flat(matrix)

    def predict_flat(self, matrix: NDArray[np.float32]) -> Floats:
        """The same by numpy alone, both walked together."""
        raw, share = self._grove.totals(matrix, (self.boosting, self.forest))
        return np.asarray(0.5 * (softmax(raw) + share), np.float64)

    @cached_property
    def _grove(self) -> Grove:
        return Grove.of(self.boosting, self.forest)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Arrays for an ``.npz`` file."""
        return {
            f"{prefix}.columns": np.array(self.columns),
            **self.boosting.to_arrays(f"{prefix}.boosting"),
            **self.forest.to_arrays(f"{prefix}.forest"),
        }

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, NDArray[Any]],
        prefix: str,
        estimators: tuple[Any, Any] | None = None,
    ) -> ForestPair:
        """The reverse of :meth:`to_arrays`."""
        return cls(
            tuple(str(c) for c in arrays[f"{prefix}.columns"]),
            FlatForest.from_arrays(arrays, f"{prefix}.boosting"),
            FlatForest.from_arrays(arrays, f"{prefix}.forest"),
            estimators,
        )


def usable_columns(matrix: NDArray[np.float32], names: tuple[str, ...]) -> tuple[str, ...]:
    """Columns with two different known values: boosting's binning fails on any other."""
    kept = []
    for j, name in enumerate(names):
        known = matrix[:, j][~np.isnan(matrix[:, j])]
        if len(known) and known.min() < known.max():
            kept.append(name)
    return tuple(kept)


def fit_pair(
    matrix: NDArray[np.float32],
    names: tuple[str, ...],
    target: Ints,
    weight: Floats | None,
    caps: Caps,
) -> ForestPair:
    """Fit both on ``matrix`` (columns ``names``) and export them.

    Parameters
    ----------
    target
        Class numbers 0..k-1, each present.
    weight
        Row weights or ``None``.
    """
    import joblib
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    if len(matrix) > caps.max_rows:
        drawn = np.random.default_rng(caps.seed).permutation(len(matrix))[: caps.max_rows]
        # every class stays: its first row is kept whatever was drawn
        first = np.unique(target, return_index=True)[1]
        rows = np.union1d(drawn, first)
        matrix, target = matrix[rows], target[rows]
        weight = None if weight is None else weight[rows]
    columns = usable_columns(matrix, names)
    matrix = np.ascontiguousarray(matrix[:, [names.index(c) for c in columns]])
    boosting = HistGradientBoostingClassifier(
        max_iter=caps.rounds,
        max_leaf_nodes=caps.leaves,
        learning_rate=caps.learning_rate,
        min_samples_leaf=caps.leaf_rows,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=caps.seed,
    ).fit(matrix, target, weight)
    unfitted = RandomForestClassifier(
        n_estimators=caps.forest_trees,
        min_samples_leaf=caps.forest_leaf_rows,
        max_features=0.35,
        max_samples=caps.forest_share,
        n_jobs=1,
        random_state=caps.seed,
    )
    with joblib.parallel_config(backend="sequential"):  # folds fan out; a tree is too small to
        forest = unfitted.fit(matrix, target, weight)
    from invval_xl.models.export import flatten_boosting, flatten_forest

    return ForestPair(
        columns, flatten_boosting(boosting), flatten_forest(forest), (boosting, forest)
    )
