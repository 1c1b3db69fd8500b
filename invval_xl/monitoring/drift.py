"""Inputs, predictions and outcomes of the newest periods against those the model learned from.

The measure is the population stability index over deciles of the training values, an unknown
value being a bin of its own. A fixed cut-off such as 0.25 means another thing at every sample
size (Yurdakul and Naranjo, *Journal of Risk Model Validation* 2020: under no change the index is
``(1/n + 1/m)`` times chi-squared of ``bins - 1`` degrees), and the rows of one month are not
independent: the same items, one season, one promotion. So a signal's level is the largest of the
policy's least index, that chi-squared bound, and what single training periods themselves differ
by from the rest of training: a prediction bound on the logarithm of those indices, which holds
seasons and common shocks. A call needs two periods running above the level, and the chance of
each is set so that all signals of a year together keep to the policy's false-call rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from invval_xl.monitoring.category_demand import DemandSignal

    Floats = NDArray[np.float64]

__all__ = [
    "DriftPolicy",
    "DriftReport",
    "Signal",
    "chance_of_two_running",
    "find_drift",
    "stability_index",
    "student_quantile",
]

_BINS = 10
_LEAST_PERIODS = 6
_PERIODS_A_YEAR = 12
_NO_BASELINE_INDEX = 0.25  # the trade's cut-off, where training is too short for a bound
_PLACES = 9  # sums of money leave dust: a markdown of 1e-13 is none, and belongs in its bin


@dataclass(frozen=True)
class DriftPolicy:
    """When drift is called.

    Parameters
    ----------
    least_index
        Index below which nothing is called, however significant.
    false_call_rate
        Calls a year asked for where nothing changed.
    """

    least_index: float = 0.10
    false_call_rate: float = 0.05


@dataclass(frozen=True)
class Signal:
    """One signal in one period.

    Parameters
    ----------
    name, kind
        ``kind`` is input, prediction or outcome.
    period
        Its close, as given.
    index, level
        The stability index, and the level it is held against.
    above, called
        Above the level; above it in the period before as well.
    """

    name: str
    kind: str
    period: str
    index: float
    level: float
    above: bool
    called: bool


@dataclass(frozen=True)
class DriftReport:
    """Every signal of every period looked at, worst first within the newest period.

    ``demand`` is each category's demand against last year's course, where history reaches so far.
    """

    signals: tuple[Signal, ...]
    periods: tuple[str, ...]
    training_periods: int
    demand: tuple[DemandSignal, ...] = ()

    @property
    def calls(self) -> tuple[Signal, ...]:
        """Signals called in the newest period."""
        newest = self.periods[-1] if self.periods else ""
        return tuple(s for s in self.signals if s.called and s.period == newest)

    @property
    def demand_calls(self) -> tuple[DemandSignal, ...]:
        """Categories called in the newest period."""
        newest = self.periods[-1] if self.periods else ""
        return tuple(s for s in self.demand if s.called and s.period == newest)


def stability_index(share: Floats, reference: Floats) -> Floats:
    """Population stability index of ``share`` against ``reference``, bins along the last axis.

    Examples
    --------
    >>> round(float(stability_index(np.array([0.6, 0.4]), np.array([0.5, 0.5]))), 4)
    0.0405
    """
    a, b = np.maximum(share, 1e-4), np.maximum(reference, 1e-4)
    a, b = a / a.sum(axis=-1, keepdims=True), b / b.sum(axis=-1, keepdims=True)
    return np.asarray(((a - b) * np.log(a / b)).sum(axis=-1), np.float64)


def find_drift(
    training: Mapping[str, Sequence[Floats]],
    current: Mapping[str, Sequence[Floats]],
    *,
    kinds: Mapping[str, str],
    periods: Sequence[str],
    policy: DriftPolicy | None = None,
) -> DriftReport:
    """Hold the newest periods against training, signal by signal.

    Parameters
    ----------
    training
        Values of each signal by training period, ``float64[n]`` each; NaN is unknown.
    current
        The same for the periods after training, oldest first, as many as ``periods``.
    kinds
        Kind of each signal.
    """
    policy = policy or DriftPolicy()
    usable = [n for n in training if n in current and _known(training[n]) and len(current[n])]
    chance = chance_of_two_running(len(usable), policy.false_call_rate)
    out: list[Signal] = []
    for name in usable:
        learned, size = _shares(training[name], training[name])
        seen, newest = _shares(current[name], training[name])
        index = stability_index(seen, _pooled(learned, size))
        level = _level(learned, size, newest, chance, policy)
        above = (index > level) & (newest > 0)
        called = above & np.concatenate([[False], above[:-1]])
        out += [
            Signal(name, kinds.get(name, "input"), period, float(np.round(i, 6)),
                   float(np.round(at, 6)), bool(a), bool(c))
            for period, i, at, a, c in zip(periods, index, level, above, called, strict=True)
        ]  # fmt: skip
    order = {period: i for i, period in enumerate(periods)}
    out.sort(key=lambda s: (-order[s.period], -s.index / s.level, s.name))
    return DriftReport(
        tuple(out), tuple(periods), max((len(v) for v in training.values()), default=0)
    )


def _known(periods: Sequence[Floats]) -> bool:
    """Whether a signal has two different known values in training."""
    values = np.concatenate([np.zeros(0), *(np.asarray(p, np.float64) for p in periods)])
    known = values[np.isfinite(values)]
    return bool(len(known) and known.min() < known.max())


def chance_of_two_running(signals: int, false_calls: float) -> float:
    """Chance of one excess of one signal, so that two running stay within the year's rate.

    Excesses of neighbouring periods go together: the chance of the second given the first is
    taken as ten times that of any.
    """
    each = false_calls / max(signals * _PERIODS_A_YEAR, 1)
    return float(min(0.05, np.sqrt(each / 10.0)))


def _shares(periods: Sequence[Floats], training: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Share of each bin by period, and the rows of each period."""
    pooled = np.round(np.concatenate([np.asarray(p, np.float64) for p in training]), _PLACES)
    known = pooled[np.isfinite(pooled)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    bins = len(edges) + 2
    count = np.zeros((len(periods), bins))
    for k, values in enumerate(periods):
        column = np.round(np.asarray(values, np.float64), _PLACES)
        place = np.where(np.isnan(column), bins - 1, np.searchsorted(edges, column, side="left"))
        count[k] = np.bincount(place.astype(np.int64), minlength=bins)
    size = count.sum(axis=1)
    # half a row in every bin: an empty bin of a small period is not infinitely far away
    share = (count + 0.5) / (size + 0.5 * bins)[:, None]
    return np.asarray(share, np.float64), np.asarray(size, np.float64)


def _pooled(share: Floats, size: Floats) -> Floats:
    return np.asarray((share * size[:, None]).sum(axis=0) / size.sum(), np.float64)


def _level(
    learned: Floats, size: Floats, newest: Floats, chance: float, policy: DriftPolicy
) -> Floats:
    """The level of each current period."""
    bins = learned.shape[1]
    noise = (1.0 / np.maximum(newest, 1.0) + 1.0 / size.sum()) * _chi_squared(bins - 1, chance)
    k = len(learned)
    if k < _LEAST_PERIODS:
        return np.asarray(np.maximum(noise, _NO_BASELINE_INDEX), np.float64)
    total = (learned * size[:, None]).sum(axis=0)
    others = (total[None, :] - learned * size[:, None]) / (size.sum() - size)[:, None]
    logs = np.log(np.maximum(stability_index(learned, others), 1e-6))
    spread = float(logs.std(ddof=1)) * np.sqrt(1.0 + 1.0 / k)
    bound = float(np.exp(logs.mean() + student_quantile(k - 1, chance) * spread))
    return np.asarray(np.maximum(noise, max(bound, policy.least_index)), np.float64)


def _chi_squared(degrees: int, chance: float) -> float:
    """Upper quantile of chi-squared (Wilson and Hilferty 1931)."""
    z = NormalDist().inv_cdf(1.0 - chance)
    part = 2.0 / (9.0 * degrees)
    return float(degrees * (1.0 - part + z * np.sqrt(part)) ** 3)


def student_quantile(degrees: float, chance: float) -> float:
    """Upper quantile of Student's t (Cornish and Fisher's expansion)."""
    z = NormalDist().inv_cdf(1.0 - chance)
    first = (z**3 + z) / 4.0
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96.0
    return z + first / degrees + second / degrees**2
