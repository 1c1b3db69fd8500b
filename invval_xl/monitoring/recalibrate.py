"""The interval widened or narrowed by what its past cohorts covered: adaptive conformal.

After each cohort the level asked for is moved against the coverage error (Gibbs and Candes,
*Adaptive Conformal Inference Under Distribution Shift*, NeurIPS 2021: ``a' = a + g(a* - err)``),
and the factor on the half-width becomes the conformal quantile of the newest cohorts' scores at
that level. A score is how many half-widths an outcome lay from the middle of its interval, so the
quantile alone restores coverage in one cohort if the world has changed once, and the moved level
catches what it still lacks while the world keeps changing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.interval import middle_and_half

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Recalibration", "nonconformity", "recalibrate"]

_LEAST_ROWS = 30  # below it a cohort says nothing of coverage
_STEP = 0.3  # g: so much of a cohort's coverage error goes into the next level
_SLACK = 0.10  # an interval that can cover no less (it ends at zero) must not wind the level down
_MEMORY = 2  # cohorts whose scores the quantile is taken over


@dataclass(frozen=True)
class Recalibration:
    """One cohort's interval: what it covered, and the factor for the next.

    Parameters
    ----------
    cohort
        Its close, ISO.
    rows, covered
        Lines judged, and lines inside the interval as widened by ``factor``.
    plain_covered
        Lines inside the interval as the model gave it.
    factor
        The factor on the half-width that stood at this cohort (1 at first).
    next_factor, next_level
        What follows from it for the next.
    """

    cohort: str
    rows: int
    covered: int
    plain_covered: int
    factor: float
    next_factor: float
    next_level: float

    @property
    def coverage(self) -> float:
        """Covered over judged; NaN where nothing was judged."""
        return self.covered / self.rows if self.rows else float("nan")


def nonconformity(outcome: Floats, low: Floats, high: Floats) -> Floats:
    """Half-widths between each outcome and the middle of its interval; NaN where unknown."""
    middle, half = middle_and_half(low, high)
    return np.asarray(np.abs(outcome - middle) / half, np.float64)


def recalibrate(
    cohorts: Sequence[tuple[str, Floats, Floats, Floats]], *, coverage: float = 0.80
) -> tuple[Recalibration, ...]:
    """Walk the cohorts in time order; each is covered with the factor the earlier ones gave.

    Parameters
    ----------
    cohorts
        ``(close, outcome, low, high)``, oldest first.
    coverage
        What the interval promises.

    Returns
    -------
    tuple[Recalibration, ...]
        The last one's ``next_factor`` is the factor to serve with.
    """
    level, factor = coverage, 1.0
    memory: list[Floats] = []
    out: list[Recalibration] = []
    for name, outcome, low, high in cohorts:
        score = nonconformity(outcome, low, high)
        known = np.isfinite(score)
        score = score[known]
        n = len(score)
        plain = int(
            ((outcome[known] >= low[known] - 1e-9) & (outcome[known] <= high[known] + 1e-9)).sum()
        )
        inside = plain if factor == 1.0 else int((score <= factor + 1e-9).sum())
        here = factor
        if n >= _LEAST_ROWS:
            if memory:  # the first cohort's interval was not of this quantile
                level = float(
                    np.clip(level + _STEP * (coverage - inside / n), coverage - _SLACK, 0.99)
                )
            memory = [*memory[-(_MEMORY - 1) :], score]
            pooled = np.sort(np.concatenate(memory))
            place = int(np.ceil((len(pooled) + 1) * level)) - 1
            factor = float(np.round(pooled[min(max(place, 0), len(pooled) - 1)], 6))
        out.append(Recalibration(name, n, inside, plain, here, factor, level))
    return tuple(out)
