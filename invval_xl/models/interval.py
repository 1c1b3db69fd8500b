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

from invval_xl.models.targets import HORIZONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.models.events import Floats
    from invval_xl.models.markdown import RateDistribution

__all__ = [
    "COVERAGE",
    "Calibration",
    "DatedLevels",
    "calibrate",
    "interval_at",
    "known_levels",
    "middle_and_half",
    "rate_interval",
    "recalibrated",
]

COVERAGE = 0.80
ENOUGH = 200  # held-out cuts of a horizon from which it is calibrated by its own
_LEAST, _ONE_FOLD, _MOST = 0.02, 0.03, 0.05
_HALF_POINT = 0.005  # an interval of no width is taken as one point wide

DatedLevels = tuple[int, "Floats"]  # a fold's day, and where its depths fell


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


def calibrate(folds: Sequence[Floats]) -> Calibration:
    """Calibration from the levels at which held-out depths fell (PIT values), fold by fold.

    The finite-sample quantile of split-conformal is used: with ``n`` rows, the
    ``ceil((n + 1) q)``-th smallest. It takes rows for exchangeable, and rows of one fold are not:
    a season moves all of them together. So the levels aim above 80 % by one standard error of the
    coverage between folds (two points at least, five at most; three where there is one fold).
    """
    levels = np.concatenate(folds) if len(folds) else np.zeros(0)
    n = len(levels)
    if n < 30:  # noqa: PLR2004 - under thirty held-out cuts there is nothing to calibrate on
        return Calibration(low=0.02, high=0.98, high_alone=0.98, rows=n)
    ordered = np.sort(levels)

    def upper(q: float) -> float:
        return float(ordered[min(n - 1, int(np.ceil((n + 1) * q)) - 1)])

    def lower(q: float) -> float:
        return float(ordered[max(0, int(np.floor((n + 1) * q)) - 1)])

    tail = (1.0 - COVERAGE) / 2
    two_sided = _margin(folds, lower(tail), upper(1.0 - tail))
    alone = _margin(folds, -np.inf, upper(COVERAGE))
    return Calibration(
        low=lower(tail - two_sided / 2),
        high=upper(1.0 - tail + two_sided / 2),
        high_alone=upper(COVERAGE + alone),
        rows=n,
    )


def _margin(folds: Sequence[Floats], low: float, high: float) -> float:
    """By how much the coverage aimed at is raised: one standard error of it between folds."""
    counted = [f for f in folds if len(f)]
    if len(counted) < 2:  # noqa: PLR2004 - one fold says nothing of the next
        return _ONE_FOLD
    inside = np.array([((f >= low) & (f <= high)).mean() for f in counted])
    weight = np.array([len(f) for f in counted], float)
    weight /= weight.sum()
    mean = float(inside @ weight)
    spread = float(np.sqrt(((inside - mean) ** 2) @ weight / max(1.0 - weight @ weight, 1e-9)))
    return float(np.clip(spread * np.sqrt(weight @ weight), _LEAST, _MOST))


def known_levels(dated: Sequence[Sequence[DatedLevels]], j: int, day: int) -> list[Floats]:
    """Levels of horizon number ``j`` whose labels were known on ``day``, fold by fold.

    The embargo holds for the calibration too: a fold counts once its window is over. Where that
    leaves too few rows, the levels of the other horizons that were known join, the nearest
    first: levels are relative to the predicted distribution, so they compare over horizons.
    """
    order = sorted(range(len(dated)), key=lambda k: (abs(k - j), k))
    out: list[Floats] = []
    for k in order:
        if k != j and sum(len(f) for f in out) >= ENOUGH:
            break
        out += [f for d, f in dated[k] if d + HORIZONS[k] <= day and len(f)]
    return out


def rate_interval(rates: RateDistribution, calibration: Calibration) -> tuple[Floats, Floats]:
    """Low and high of the 80 % interval of the rate.

    It starts at zero where no cut at all has a chance of 10 % or more. The high end holds 80 %
    of the depths given a cut, and never lies under the mean: an interval around zero that no
    real markdown falls in is not an interval.
    """
    c = calibration
    return interval_at(rates, np.array(c.low), np.array(c.high), np.array(c.high_alone))


def interval_at(
    rates: RateDistribution, low: Floats, high: Floats, high_alone: Floats
) -> tuple[Floats, Floats]:
    """:func:`rate_interval` with the levels of a calibration, one for all rows or a row each."""
    from_zero = rates.p_any <= 1.0 - (1.0 - COVERAGE) / 2
    least, most = rates.size_quantiles(low, np.where(from_zero, high_alone, high))
    least = np.where(from_zero, 0.0, least)
    return np.minimum(least, rates.mean), np.maximum(most, rates.mean)


def middle_and_half(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Middle and half-width; an interval of no width is taken as one hundredth wide."""
    return (low + high) / 2, np.maximum((high - low) / 2, _HALF_POINT)


def recalibrated(
    low: Floats,
    high: Floats,
    factor: float,
    *,
    around: Floats | None = None,
    floor: float = -np.inf,
    ceiling: float = np.inf,
) -> tuple[Floats, Floats]:
    """Widen (``factor`` above 1) or narrow an interval about its middle.

    Parameters
    ----------
    low, high
        Any shape; an interval of no width is taken as one hundredth wide.
    factor
        On the half-width; a lookback gives it (:mod:`invval_xl.monitoring.recalibrate`).
    around
        The estimate the interval is of: it stays inside, however narrow the interval becomes.
    floor, ceiling
        What no bound may pass: 0 and 1 for a rate.

    Examples
    --------
    >>> low, high = recalibrated(np.array([0.1]), np.array([0.3]), 1.5, floor=0.0, ceiling=1.0)
    >>> float(low[0].round(6)), float(high[0].round(6))
    (0.05, 0.35)
    """
    if factor == 1.0:
        return low, high
    middle, half = middle_and_half(low, high)
    least, most = middle - factor * half, middle + factor * half
    if around is not None:
        least, most = np.fmin(least, around), np.fmax(most, around)
    return (
        np.asarray(np.clip(least, floor, ceiling), np.float64),
        np.asarray(np.clip(most, floor, ceiling), np.float64),
    )
