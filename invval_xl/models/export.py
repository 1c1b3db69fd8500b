"""From scikit-learn's fitted trees to flat arrays; imports nothing of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.flat import FlatForest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["flatten_boosting", "flatten_forest"]


def _depth(left: NDArray[np.int32], right: NDArray[np.int32], root: NDArray[np.int32]) -> int:
    """Longest way from any root to its leaf."""
    level, steps = np.unique(root), 0
    while True:
        inner = level[left[level] != level]
        if not len(inner):
            return steps
        level = np.unique(np.concatenate([left[inner], right[inner]]))
        steps += 1


def _mean_below(
    value: NDArray[np.float64],
    count: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    leaf: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Give inner nodes the mean answer of the training rows below them.

    Boosting shrinks its leaves only, so its inner values are on another scale. Children stand
    after their parent.
    """
    out = np.where(leaf, value, 0.0)
    for node in np.flatnonzero(~leaf)[::-1]:
        a, b = int(left[node]), int(right[node])
        out[node] = (count[a] * out[a] + count[b] * out[b]) / max(1, count[a] + count[b])
    return out


def _join(
    trees: Sequence[dict[str, NDArray[Any]]], *, groups: int, baseline: NDArray[np.float64]
) -> FlatForest:
    size = np.array([len(t["feature"]) for t in trees])
    start = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int32)

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([t[name] for t in trees])

    def absolute(name: str) -> NDArray[np.int32]:
        own = np.arange(int(size.sum()), dtype=np.int64)
        child = joined(name).astype(np.int64) + np.repeat(start.astype(np.int64), size)
        return np.where(joined("leaf"), own, child).astype(np.int32)

    left, right = absolute("left"), absolute("right")
    leaf = joined("leaf")
    return FlatForest(
        feature=np.where(leaf, 0, joined("feature")).astype(np.int32),
        threshold=np.where(leaf, 0.0, joined("threshold")).astype(np.float64),
        missing_left=joined("missing_left").astype(np.bool_),
        left=left,
        right=right,
        root=start,
        value=np.ascontiguousarray(joined("value"), np.float64),
        groups=groups,
        depth=_depth(left, right, start),
        baseline=np.asarray(baseline, np.float64),
    )


def flatten_boosting(estimator: Any) -> FlatForest:
    """A fitted ``HistGradientBoosting*``: raw scores (before the softmax), numeric splits only."""
    trees = []
    for one_round in estimator._predictors:  # noqa: SLF001 - the trees have no public door
        for predictor in one_round:
            nodes = predictor.nodes
            if nodes["is_categorical"].any():
                raise ValueError("categorical splits are not exported")
            leaf = nodes["is_leaf"] != 0
            value = _mean_below(
                nodes["value"],
                nodes["count"].astype(np.int64),
                nodes["left"].astype(np.int64),
                nodes["right"].astype(np.int64),
                leaf,
            )
            trees.append(
                {
                    "feature": nodes["feature_idx"],
                    "threshold": nodes["num_threshold"],
                    "missing_left": nodes["missing_go_to_left"] != 0,
                    "left": nodes["left"],
                    "right": nodes["right"],
                    "leaf": leaf,
                    "value": value[:, None],
                }
            )
    baseline = np.asarray(estimator._baseline_prediction, np.float64).reshape(-1)  # noqa: SLF001
    return _join(trees, groups=len(baseline), baseline=baseline)


def flatten_forest(estimator: Any) -> FlatForest:
    """A fitted ``RandomForestClassifier``: the mean of its trees' class shares."""
    n = len(estimator.estimators_)
    trees = []
    for member in estimator.estimators_:
        tree = member.tree_
        share = tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True)
        leaf = tree.children_left < 0
        trees.append(
            {
                "feature": np.where(leaf, 0, tree.feature),
                "threshold": tree.threshold,
                "missing_left": np.asarray(tree.missing_go_to_left) != 0,
                "left": tree.children_left,
                "right": tree.children_right,
                "leaf": leaf,
                "value": share / n,
            }
        )
    return _join(trees, groups=1, baseline=np.zeros(trees[0]["value"].shape[1]))
