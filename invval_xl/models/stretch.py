"""The interval of a typed cell is the narrowest of several: how much wider it must be to hold.

Each set of known facts has its calibrated interval, and the narrowest is given, so that a fact
taken away never narrows it. Choosing the narrowest favours those that are too narrow. So the rule
as it is served is tested once more on the held-out folds, and one factor for all widths is taken
that holds four fifths of the depths: a common factor keeps the order of the widths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.interval import COVERAGE, rate_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.models.events import Floats
    from invval_xl.models.interval import Calibration
    from invval_xl.models.markdown import RateDistribution

__all__ = ["HeldOutCells", "fit_stretch", "placed", "stretched"]

_GRID = np.round(np.arange(1.0, 6.01, 0.1), 1)
_MARGIN = 0.01  # as the least margin of a calibration between folds
_LEAST_ROWS = 30


@dataclass(frozen=True, eq=False)
class HeldOutCells:
    """Cells of one fold that were marked down, every numeric fact known.

    Parameters
    ----------
    rates
        Their distribution with each set of facts known, in the order of the sets.
    actual
        What became of their rate.
    """

    rates: tuple[RateDistribution, ...]
    actual: Floats


def stretched(width: Floats, start: Floats, factor: float) -> tuple[Floats, Floats]:
    """Width and start of intervals made wider to both sides, as far as zero lets them."""
    return width * factor, np.maximum(start - (factor - 1.0) * width / 2, 0.0)


def placed(width: Floats, start: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Ends of intervals of ``width``, placed to hold ``mean`` and to stay within 0 and 1."""
    width = np.minimum(np.round(width, 6), 1.0)
    low = np.clip(np.minimum(start, mean), 0.0, 1.0)
    low = np.where(low + width < mean, mean - width, low)
    low = np.round(np.clip(np.minimum(low, 1.0 - width), 0.0, 1.0), 6)
    return low, np.round(low + width, 6)


def fit_stretch(folds: Sequence[HeldOutCells], calibrations: Sequence[Calibration]) -> float:
    """The factor with which the served rule holds 80 % of the held-out depths, at least 1."""
    needed = [_needed(fold, calibrations) for fold in folds if len(fold.actual)]
    rows = np.concatenate(needed) if needed else np.zeros(0)
    if len(rows) < _LEAST_ROWS:
        return 1.0
    place = int(np.ceil((len(rows) + 1) * (COVERAGE + _MARGIN))) - 1
    return float(np.sort(rows)[min(place, len(rows) - 1)])


def _needed(fold: HeldOutCells, calibrations: Sequence[Calibration]) -> Floats:
    """The least factor of the grid at which each cell's depth lies inside; its end where none."""
    n = len(fold.actual)
    width, start = np.full(n, np.inf), np.zeros(n)
    for rates, calibration in zip(fold.rates, calibrations, strict=True):
        low, high = rate_interval(rates, calibration)
        narrower = high - low < width
        width, start = np.where(narrower, high - low, width), np.where(narrower, low, start)
    mean = fold.rates[-1].mean
    out = np.full(n, _GRID[-1])
    for factor in _GRID[::-1]:
        low, high = placed(*stretched(width, start, float(factor)), mean)
        out[(fold.actual >= low - 1e-9) & (fold.actual <= high + 1e-9)] = factor
    return out
