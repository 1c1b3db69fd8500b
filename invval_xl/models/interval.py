"""Intervals of the markdown rate, calibrated on folds in time order.

A split-conformal map of the hurdle's own quantile levels: out-of-fold depths are placed in their
predicted distributions, and the levels at which 10 and 90 % of them fell are used in place of
0.1 and 0.9. What MAPIE's split-conformal does for a symmetric residual, done for a distribution
that starts with an atom at zero and is judged given a cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from invval_xl.models.events import Floats
    from invval_xl.models.markdown import RateDistribution

__all__ = ["COVERAGE", "Calibration", "calibrate", "rate_interval"]

COVERAGE = 0.80


@dataclass(frozen=True)
class Calibration:
    """Quantile levels, given a cut, that hold 80 % of held-out depths.

    Parameters
    ----------
    low, high
        Levels of a two-sided interval.
    high_alone
        Level of an interval that starts at zero.
    rows
        Held-out rows behind it.
    """

    low: float = 0.1
    high: float = 0.9
    high_alone: float = 0.8
    rows: int = 0


def calibrate(levels: Floats) -> Calibration:
    """Calibration from the levels at which held-out depths fell (PIT values).

    The finite-sample quantile of split-conformal is used: with ``n`` rows, the
    ``ceil((n + 1) q)``-th smallest.
    """
    n = len(levels)
    if n < 30:  # noqa: PLR2004 - under thirty held-out cuts there is nothing to calibrate on
        return Calibration(low=0.02, high=0.98, high_alone=0.98, rows=n)
    ordered = np.sort(levels)

    def at(q: float) -> float:
        return float(ordered[min(n - 1, int(np.ceil((n + 1) * q)) - 1)])

    tail = (1.0 - COVERAGE) / 2
    low = float(ordered[max(0, int(np.floor((n + 1) * tail)) - 1)])
    return Calibration(low=low, high=at(1.0 - tail), high_alone=at(COVERAGE), rows=n)


def rate_interval(rates: RateDistribution, calibration: Calibration) -> tuple[Floats, Floats]:
    """Low and high of the 80 % interval of the rate.

    It starts at zero where no cut at all has a chance of 10 % or more. The high end holds 80 %
    of the depths given a cut, and never lies under the mean: an interval around zero that no
    real markdown falls in is not an interval.
    """
    from_zero = rates.p_any <= 1.0 - (1.0 - COVERAGE) / 2
    low = np.where(from_zero, 0.0, rates.size_quantile(np.full(len(rates.band), calibration.low)))
    level = np.where(from_zero, calibration.high_alone, calibration.high)
    high = rates.size_quantile(level)
    return np.minimum(low, rates.mean), np.maximum(high, rates.mean)
