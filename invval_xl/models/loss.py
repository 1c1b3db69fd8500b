"""The loss of a unit integrated over what may become of it: both readings of accounting.md F.

``max(0, cost - E[NRV])`` takes the loss at the mean price; ``E[max(0, cost - NRV)]`` takes the
mean of the losses. The loss is convex, so the second is never below the first.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.targets import TargetPolicy

if TYPE_CHECKING:
    from invval_xl.models.events import Floats
    from invval_xl.models.features import Features
    from invval_xl.models.score import Scores

__all__ = [
    "UnitLoss",
    "expected_loss",
    "expected_reserve",
    "left_over",
    "level_weights",
    "observed_liquidation_rate",
    "rates_to_mean",
]


@dataclass(frozen=True, eq=False)
class UnitLoss:
    """Per unit of ordinary demand, currency; NaN where cost or price is unknown.

    Parameters
    ----------
    expected_nrv
        Mean net realizable value over the outcomes.
    shortfall_of_expected
        ``max(0, cost - expected_nrv)``.
    expected_shortfall
        Mean of ``max(0, cost - NRV)``; never below the former.
    """

    expected_nrv: Floats
    shortfall_of_expected: Floats
    expected_shortfall: Floats


@functools.cache
def level_weights() -> Floats:
    """``float64[11]``: the share of a distribution each quantile level stands for; they sum to 1.

    Examples
    --------
    >>> round(float(level_weights().sum()), 12), float(level_weights()[0])
    (1.0, 0.075)
    """
    from invval_xl.models.score import QUANTILE_LEVELS

    levels = np.array(QUANTILE_LEVELS)
    edges = np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]])
    weights = np.asarray(np.round(np.diff(edges), 6), np.float64)
    weights.flags.writeable = False  # one array for everybody
    return weights


def rates_to_mean(mean_rate: Floats, rate_quantiles: Floats) -> Floats:
    """Quantiles of the rate shifted to its mean, ``[n, 11]``, so that both readings price alike."""
    shift = mean_rate - rate_quantiles @ level_weights()
    return np.asarray(np.clip(rate_quantiles + shift[:, None], 0.0, 1.0), np.float64)


def expected_loss(
    *,
    unit_cost: Floats,
    base_price: Floats,
    mean_rate: Floats,
    rate_quantiles: Floats,
    p_no_sale: Floats,
    liquidation_rate: Floats,
    cost_to_sell_rate: Floats,
) -> UnitLoss:
    """Integrate a unit's loss over the markdown rate and the chance that it does not sell.

    Parameters
    ----------
    unit_cost, base_price
        ``[n]``, currency per unit; ``base_price`` is what the markdown rate is taken on.
    mean_rate
        ``[n]`` expected markdown rate; the quantiles are shifted to this mean, so that both
        readings price alike.
    rate_quantiles
        ``[n, 11]`` at :data:`~invval_xl.models.score.QUANTILE_LEVELS`.
    p_no_sale
        ``[n]`` chance that the unit goes at the liquidation price.
    liquidation_rate, cost_to_sell_rate
        ``[n]`` of the selling price.
    """
    weight = level_weights()
    rates = rates_to_mean(mean_rate, rate_quantiles)
    keep = (1.0 - cost_to_sell_rate) * base_price
    sold_nrv = np.maximum(keep[:, None] * (1.0 - rates), 0.0)
    gone_nrv = np.maximum(keep * liquidation_rate, 0.0)
    nrv = (1.0 - p_no_sale) * (sold_nrv @ weight) + p_no_sale * gone_nrv
    sold_loss = np.maximum(unit_cost[:, None] - sold_nrv, 0.0) @ weight
    gone_loss = np.maximum(unit_cost - gone_nrv, 0.0)
    mean_loss = (1.0 - p_no_sale) * sold_loss + p_no_sale * gone_loss
    return UnitLoss(
        np.round(nrv, 6),
        np.asarray(np.round(np.maximum(unit_cost - nrv, 0.0), 6), np.float64),
        np.round(mean_loss, 6),
    )


def expected_reserve(
    features: Features,
    scores: Scores,
    *,
    liquidation_rate: float,
    cost_to_sell_rate: Floats,
    demand_horizon_days: float,
) -> Floats:
    """Expected loss of the units on hand, currency a row: the prediction's own evidence.

    Units are expected to outlast demand in three ways: the present rate of sale does not take
    them within the horizon; demand collapses within 90 days (the item becomes obsolete although
    its cover is short; no sale at all where its cover is long already); or it does so later, as
    often as it did on the entity's own history (``Scores.outlast_share``). Those go at the
    liquidation price, the others at the distribution of their price.

    Parameters
    ----------
    features, scores
        Of the same rows, with cost, stock and prices in the features' facts.
    liquidation_rate
        Of the regular price.
    cost_to_sell_rate
        ``[n]`` of the selling price.
    demand_horizon_days
        How far ahead demand may claim units.

    Returns
    -------
    numpy.ndarray
        ``float64[n]``; NaN where cost, stock or price is unknown.
    """
    column = features.facts.columns
    on_hand = np.maximum(column["units_on_hand"], 0.0)
    cost, base = column["unit_cost"], column["reference_price"]
    demand = np.nan_to_num(column["units_sold_90d"]) / 90.0 * demand_horizon_days
    excess = np.clip(on_hand - demand, 0.0, None)
    collapse = np.where(excess > 0, scores.p_no_sale_through[:, -1], scores.p_obsolete[:, -1])
    unit = expected_loss(
        unit_cost=cost,
        base_price=base,
        mean_rate=scores.markdown_rate[:, -1],
        rate_quantiles=scores.markdown_quantiles[:, -1, :],
        p_no_sale=np.zeros(len(on_hand)),
        liquidation_rate=np.full(len(on_hand), liquidation_rate),
        cost_to_sell_rate=cost_to_sell_rate,
    )
    gone = np.maximum(cost - liquidation_rate * base * (1.0 - cost_to_sell_rate), 0.0)
    rest = on_hand - excess
    left = left_over(collapse, scores.outlast_share, rest, demand, TargetPolicy().slow_rate)
    lost = excess + left
    return np.asarray(lost * gone + (on_hand - lost) * unit.expected_shortfall, np.float64)


def left_over(
    collapse: Floats, later: Floats, units: Floats, demand: Floats, slow_rate: float
) -> Floats:
    """Units of ordinary demand that are expected to be left over at the end of the horizon.

    Parameters
    ----------
    collapse
        Chance that demand collapses within 90 days. An obsolete item still sells at something
        between nothing and ``slow_rate`` of its usual rate.
    later
        Share left over where it does not (:mod:`invval_xl.models.outlast`).
    units, demand
        Units within the horizon's demand, and that demand.

    Examples
    --------
    >>> left_over(np.array([0.5]), np.array([0.1]), np.array([100.0]), np.array([200.0]), 0.1)
    array([50.])
    """
    trickle = np.minimum(units, 0.5 * slow_rate * demand)
    return np.asarray(collapse * (units - trickle) + (1.0 - collapse) * later * units, np.float64)


def observed_liquidation_rate(
    units: Floats, net_proceeds: Floats, regular_price: Floats
) -> tuple[float, int]:
    """What disposals really brought, of the regular price and net of selling cost.

    Parameters
    ----------
    units, net_proceeds, regular_price
        A row a disposal; rows with anything unknown or no units are left out.

    Returns
    -------
    tuple
        The rate, unit weighted at regular price (NaN where nothing was disposed of), and how
        many disposals are behind it.

    Examples
    --------
    >>> twelve = np.array([12.0, 12.0])
    >>> observed_liquidation_rate(np.array([10.0, 5.0]), np.array([30.0, 15.0]), twelve)
    (0.25, 2)
    """
    worth = units * regular_price
    good = np.isfinite(worth) & np.isfinite(net_proceeds) & (worth > 0)
    if not good.any():
        return float("nan"), 0
    return float(net_proceeds[good].sum() / worth[good].sum()), int(good.sum())
