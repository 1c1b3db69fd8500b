"""How well probabilities and rates did: numpy alone, each short enough to check by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats

__all__ = ["BinaryMetrics", "auc", "average_precision", "binary_metrics", "calibration", "rmse"]

_BINS = 10


@dataclass(frozen=True)
class BinaryMetrics:
    """Metrics of one set of probabilities against outcomes.

    Parameters
    ----------
    rows, positives
        How many, and how many of them happened.
    majority_accuracy
        Accuracy of always giving the commoner answer.
    accuracy
        At a cut of one half.
    auc, average_precision
        Ranking; NaN where only one outcome occurred.
    brier_skill
        1 - Brier score over that of the base rate.
    calibration_error
        Expected calibration error over ten equal bins.
    """

    rows: int
    positives: int
    majority_accuracy: float
    accuracy: float
    auc: float
    average_precision: float
    brier_skill: float
    calibration_error: float

    @property
    def base_rate(self) -> float:
        """Share of rows that happened."""
        return self.positives / self.rows if self.rows else float("nan")

    @property
    def error_cut(self) -> float:
        """Share of the majority answer's errors that is avoided."""
        left = 1.0 - self.majority_accuracy
        return 1.0 - (1.0 - self.accuracy) / left if left > 0 else 0.0


def _ranks(values: Floats) -> Floats:
    """Mean ranks from 1, ties shared."""
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    upto = np.cumsum(count)
    return np.asarray((upto - (count - 1) / 2.0)[which.reshape(-1)], np.float64)


def auc(happened: NDArray[np.bool_], p: Floats) -> float:
    """Area under the ROC curve: chance that a row that happened ranks above one that did not.

    Examples
    --------
    >>> auc(np.array([False, True, False, True]), np.array([0.1, 0.4, 0.35, 0.8]))
    1.0
    """
    positives = int(happened.sum())
    negatives = len(happened) - positives
    if not positives or not negatives:
        return float("nan")
    rank_sum = float(_ranks(p)[happened].sum())
    return (rank_sum - positives * (positives + 1) / 2.0) / (positives * negatives)


def average_precision(happened: NDArray[np.bool_], p: Floats) -> float:
    """Area under the precision-recall steps; tied probabilities are one step."""
    positives = int(happened.sum())
    if not positives:
        return float("nan")
    order = np.argsort(-p, kind="stable")
    hit = np.cumsum(happened[order])
    last = np.concatenate([np.flatnonzero(np.diff(p[order]) != 0), [len(p) - 1]])
    precision = hit[last] / (last + 1.0)
    recall = hit[last] / positives
    return float((np.diff(np.concatenate([[0.0], recall])) * precision).sum())


def calibration(happened: NDArray[np.bool_], p: Floats) -> list[tuple[float, float, int]]:
    """Ten equal bins as ``(mean probability, share that happened, rows)``; empty bins left out."""
    place = np.clip((p * _BINS).astype(int), 0, _BINS - 1)
    return [
        (float(p[own].mean()), float(happened[own].mean()), int(own.sum()))
        for b in range(_BINS)
        if (own := place == b).any()
    ]


def binary_metrics(happened: NDArray[np.bool_], p: Floats) -> BinaryMetrics:
    """All of :class:`BinaryMetrics`."""
    n = len(happened)
    if not n:
        nan = float("nan")
        return BinaryMetrics(0, 0, nan, nan, nan, nan, nan, nan)
    base = float(happened.mean())
    spread = base * (1.0 - base)
    brier = float(((p - happened) ** 2).mean())
    bins = calibration(happened, p)
    return BinaryMetrics(
        rows=n,
        positives=int(happened.sum()),
        majority_accuracy=max(base, 1.0 - base),
        accuracy=float(((p > 0.5) == happened).mean()),  # noqa: PLR2004 - one half
        auc=auc(happened, p),
        average_precision=average_precision(happened, p),
        brier_skill=1.0 - brier / spread if spread > 0 else float("nan"),
        calibration_error=sum(abs(a - b) * m for a, b, m in bins) / n,
    )


def rmse(actual: Floats, predicted: Floats) -> float:
    """Root of the mean squared error; NaN where there is nothing to compare."""
    if not len(actual):
        return float("nan")
    return float(np.sqrt(((actual - predicted) ** 2).mean()))
