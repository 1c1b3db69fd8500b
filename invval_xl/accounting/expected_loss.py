"""Two readings of an uncertain NRV: loss on the mean, and the mean of the losses (section F)."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from invval_xl.accounting.arrays import (
    Floats,
    Numbers,
    floats,
    refuse_negative,
    refuse_outside,
)
from invval_xl.accounting.citing import cites
from invval_xl.accounting.nrv import unit_write_down
from invval_xl.findings import AccountingError

__all__ = [
    "expected_nrv",
    "expected_shortfall",
    "markdown_prices",
    "shortfall_of_expected_nrv",
    "two_point",
    "wilson",
]

_SUM_TOLERANCE = 1e-9


def _over_outcomes(values: Floats, chances: Floats) -> Floats:
    """Sum of products along the last axis, without an array of products."""
    summed: Floats = np.asarray(np.einsum("...k,...k->...", values, chances))[()]
    return summed


def _outcomes(nrv: Numbers, probability: Numbers) -> tuple[Floats, Floats]:
    values, chances = np.broadcast_arrays(floats(nrv), floats(probability))
    if values.ndim == 0:
        raise AccountingError("FW114", "outcomes stand along the last axis; there is none")
    refuse_outside(chances, 0.0, 1.0, "probability", "FW114")
    total = _over_outcomes(chances, np.ones(chances.shape[-1]))
    if np.any(np.abs(total - 1.0) > _SUM_TOLERANCE):
        raise AccountingError("FW114", "the probabilities of an item do not sum to 1")
    return values, chances


@cites("expected NRV")
def expected_nrv(nrv: Numbers, probability: Numbers) -> Floats:
    """Compute the mean NRV over its outcomes.

    Parameters
    ----------
    nrv
        Currency per unit, outcomes along the last axis: shape ``(..., k)``.
    probability
        Of each outcome, summing to 1 along the last axis; broadcasts with ``nrv``.

    Returns
    -------
    ndarray of float64
        Currency per unit, shape ``(...)``; NaN where any outcome is unknown.

    Raises
    ------
    AccountingError
        FW114 where probabilities are outside 0 to 1 or do not sum to 1.

    Notes
    -----
    Citation: expected NRV (accounting.md F).

    Examples
    --------
    >>> round(float(expected_nrv([44.16, 33.12], [0.78, 0.22])), 4)
    41.7312
    """
    values, chances = _outcomes(nrv, probability)
    return _over_outcomes(values, chances)


@cites("expected NRV", "ASC 330-10-35-1B", "IAS 2.9")
def shortfall_of_expected_nrv(unit_cost: Numbers, nrv: Numbers, probability: Numbers) -> Floats:
    """Compute the write-down per unit against the mean NRV: the pool seen as one.

    Parameters
    ----------
    unit_cost
        Currency per unit, shape ``(...)``.
    nrv, probability
        Outcomes along the last axis: shape ``(..., k)``.

    Returns
    -------
    ndarray of float64
        Currency per unit, shape ``(...)``.

    Raises
    ------
    AccountingError
        FW110 for a negative unit cost; FW114 as in :func:`expected_nrv`.

    Notes
    -----
    ``max(0, c - E[NRV])``. Citation: expected NRV (accounting.md F, result 2).

    Examples
    --------
    >>> float(shortfall_of_expected_nrv(34, [44.16, 33.12], [0.78, 0.22]))
    0.0
    """
    return unit_write_down(unit_cost, expected_nrv(nrv, probability))


@cites("expected shortfall", "ASC 330-10-35-1B", "IAS 2.29")
def expected_shortfall(unit_cost: Numbers, nrv: Numbers, probability: Numbers) -> Floats:
    """Compute the mean of the write-downs per unit: each outcome against cost, then the mean.

    Parameters
    ----------
    unit_cost
        Currency per unit, shape ``(...)``.
    nrv, probability
        Outcomes along the last axis: shape ``(..., k)``.

    Returns
    -------
    ndarray of float64
        Currency per unit, shape ``(...)``. With no NRV below zero, never less than
        :func:`shortfall_of_expected_nrv`.

    Raises
    ------
    AccountingError
        FW110 for a negative unit cost; FW114 as in :func:`expected_nrv`.

    Notes
    -----
    ``E[max(0, c - NRV)]``. Citation: expected shortfall (accounting.md F, result 2).

    Examples
    --------
    >>> round(1250 * float(expected_shortfall(34, [44.16, 33.12], [0.78, 0.22])), 2)
    242.0
    """
    values, chances = _outcomes(nrv, probability)
    losses = unit_write_down(floats(unit_cost)[..., np.newaxis], values)
    return _over_outcomes(losses, chances)


@cites("expected NRV")
def two_point(
    nrv_at_price: Numbers, nrv_marked_down: Numbers, markdown_probability: Numbers
) -> tuple[Floats, Floats]:
    """Lay a markdown that may or may not come out as outcomes and probabilities.

    Parameters
    ----------
    nrv_at_price, nrv_marked_down
        Currency per unit without and with the markdown.
    markdown_probability
        0 to 1; shapes broadcast.

    Returns
    -------
    tuple of ndarray of float64
        NRV and probability, each of shape ``(..., 2)``, for the functions of this module.

    Raises
    ------
    AccountingError
        FW114 for a probability outside 0 to 1.

    Notes
    -----
    Citation: expected NRV (accounting.md F).

    Examples
    --------
    >>> nrv, probability = two_point(44.16, 33.12, 0.22)
    >>> nrv.tolist(), probability.tolist()
    ([44.16, 33.12], [0.78, 0.22])
    """
    full, cut, chance = np.broadcast_arrays(
        floats(nrv_at_price), floats(nrv_marked_down), floats(markdown_probability)
    )
    refuse_outside(chance, 0.0, 1.0, "markdown probability", "FW114")
    return np.stack([full, cut], axis=-1), np.stack([1.0 - chance, chance], axis=-1)


@cites("expected NRV")
def markdown_prices(
    price: Numbers, markdown_rate: Numbers, markdown_probability: Numbers
) -> tuple[Floats, Floats]:
    """Compute the price after a markdown, and the price expected when it may come.

    Parameters
    ----------
    price
        Currency per unit before the markdown.
    markdown_rate
        Part of the price cut, 0 to 1.
    markdown_probability
        Chance of the cut, 0 to 1; shapes broadcast.

    Returns
    -------
    tuple of ndarray of float64
        Marked-down price and expected price, currency per unit.

    Raises
    ------
    AccountingError
        FW113 for a negative price, FW114 for a rate or probability outside 0 to 1.

    Notes
    -----
    Citation: expected NRV (accounting.md F).

    Examples
    --------
    >>> [round(float(p), 2) for p in markdown_prices(48, 0.25, 0.22)]
    [36.0, 45.36]
    """
    before = floats(price)
    rate, chance = floats(markdown_rate), floats(markdown_probability)
    refuse_negative(before, "price", "FW113")
    refuse_outside(rate, 0.0, 1.0, "markdown rate", "FW114")
    refuse_outside(chance, 0.0, 1.0, "markdown probability", "FW114")
    cut = before * (1.0 - rate)
    return cut, (1.0 - chance) * before + chance * cut


@cites("Wilson interval")
def wilson(successes_rate: Numbers, n: Numbers, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Bound an observed rate by Wilson's score interval.

    Parameters
    ----------
    successes_rate
        Observed rate, 0 to 1.
    n
        How many cases it was observed in; shapes broadcast.
    confidence
        Above 0 and below 1.

    Returns
    -------
    tuple of ndarray of float64
        Low and high, within 0 to 1; NaN where n is zero or unknown.

    Raises
    ------
    AccountingError
        FW114 for a rate outside 0 to 1 or a confidence that is none; FW111 for a negative n.

    Notes
    -----
    Citation: Wilson interval (E. B. Wilson, 1927).

    Examples
    --------
    >>> [round(float(bound), 2) for bound in wilson(0.22, 50)]
    [0.13, 0.35]
    """
    rate, cases = floats(successes_rate), floats(n)
    refuse_outside(rate, 0.0, 1.0, "observed rate", "FW114")
    refuse_negative(cases, "number of cases", "FW111")
    if not 0.0 < confidence < 1.0:
        raise AccountingError("FW114", f"confidence is {confidence}; it lies between 0 and 1")
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    count = np.where(cases == 0.0, np.nan, cases)
    widened = 1.0 + z * z / count
    centre = (rate + z * z / (2.0 * count)) / widened
    half = z * np.sqrt(rate * (1.0 - rate) / count + z * z / (4.0 * count * count)) / widened
    low: Floats = np.maximum(centre - half, 0.0)
    high: Floats = np.minimum(centre + half, 1.0)
    return low, high
