"""The model's side of every row: the loss of ordinary demand over outcomes and prices.

Every column added here is a column of C-3. What the model gave (chances, prices) stands there as
input; what follows from it is computed there a second time by native formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.lcm import market
from invval_xl.accounting.money import round_half_away
from invval_xl.models.loss import left_over, level_weights
from invval_xl.reserving.prediction import POINTS
from invval_xl.reserving.unit_values import PLACES
from invval_xl.terms import Basis, Reading, Tranche

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.reserving.prediction import Prediction
    from invval_xl.reserving.unit_values import UnitValues

    Floats = NDArray[np.float64]

__all__ = ["PREDICTED", "PRICES", "add_predicted", "predicted_bounds", "settle_basis"]

PRICES = tuple(f"price_{k + 1}" for k in range(POINTS))
_CHANCES = ("p_obsolete_90", "p_marked_down", "p_no_sale_90", "outlast_share")
PREDICTED = (*_CHANCES, "price_low", "price_high", *PRICES)
_CHANCE_PLACES = 6


def add_predicted(
    frame: pd.DataFrame, values: UnitValues, prediction: Prediction, reading: Reading
) -> None:
    """Add what the model predicts of each row and the reserve it would require, in place.

    Ordinary demand sells at the distribution of its price, or is left over: the demand that was
    counted on stops with the chance of obsolescence (of no sale at all, where the line's cover is
    beyond its horizon already), but for the trickle an obsolete item still sells; or it stops
    later, as often as it did on the entity's own history. What is left over goes at the
    liquidation rate. Firm orders, damaged and excess units are measured by rule alone: their
    price is stated, not predicted.

    Under lower of cost or market the two readings are one: market is bounded by the expected NRV.
    """
    line = frame["line"].to_numpy()
    for name in PREDICTED:
        frame[name] = prediction.frame[name].to_numpy()[line]
    is_demand = (frame["tranche"] == Tranche.DEMAND.value).to_numpy()
    for name in (*PRICES, "price_low", "price_high"):
        frame[name] = frame[name].where(is_demand)
    left = _left_over(frame, prediction.model.target_policy.slow_rate)
    frame["unsold_probability"] = np.where(is_demand, np.round(left, _CHANCE_PLACES), np.nan)
    left = frame["unsold_probability"].to_numpy()
    weights = level_weights()
    points = np.stack(
        [values.nrv(frame[name].to_numpy(), rounded=False) for name in PRICES], axis=1
    )
    cost = values.unit_cost
    sold = round_half_away(np.maximum(points, 0.0) @ weights, PLACES)
    losses = np.maximum(cost[:, None] - np.maximum(points, 0.0), 0.0)
    sold_loss = round_half_away(losses @ weights, PLACES)
    channel = round_half_away(frame["price"].to_numpy() * frame["liquidation_rate"], PLACES)
    unsold = np.maximum(values.nrv(channel), 0.0)
    frame["sold_nrv"] = np.where(is_demand, sold, np.nan)
    frame["sold_shortfall"] = np.where(is_demand, sold_loss, np.nan)
    frame["unsold_nrv"] = np.where(is_demand, unsold, np.nan)
    expected = round_half_away((1 - left) * sold + left * unsold, PLACES)
    frame["predicted_nrv"] = expected
    if values.lcm:
        profit = round_half_away(values.profit_rate * frame["price"].to_numpy(), PLACES)
        bounded = market(values.replacement, expected, profit)
        carried = np.where(np.isnan(bounded), expected, bounded)
        shortfall = np.maximum(cost - np.maximum(carried, 0.0), 0.0)
    elif reading is Reading.EXPECTED_SHORTFALL:
        gone_loss = np.maximum(cost - unsold, 0.0)
        shortfall = round_half_away((1 - left) * sold_loss + left * gone_loss, PLACES)
    else:
        shortfall = np.maximum(cost - expected, 0.0)
    frame["predicted_shortfall"] = np.where(is_demand, shortfall, np.nan)
    frame["model_required"] = np.where(
        is_demand, values.extended(shortfall), frame["rule_required"].to_numpy()
    )


def _left_over(frame: pd.DataFrame, slow_rate: float) -> Floats:
    """Chance that a unit of ordinary demand is left over at the end of the horizon."""
    line = frame["line"].to_numpy()
    is_excess = (frame["tranche"] == Tranche.EXCESS.value).to_numpy()
    beyond = np.bincount(line, weights=is_excess, minlength=int(line.max(initial=-1)) + 1) > 0
    beyond = beyond[line]
    collapse = np.where(beyond, frame["p_no_sale_90"], frame["p_obsolete_90"])
    later = frame["outlast_share"].to_numpy()
    units = frame["units"].to_numpy()
    demand = np.nan_to_num(frame["daily_rate"].to_numpy()) * frame["demand_horizon_days"].to_numpy()
    share: Floats = left_over(collapse, later, units, demand, slow_rate) / units
    return share


def predicted_bounds(
    frame: pd.DataFrame, values: UnitValues, sell_rate: float, liquidation_rate: float, price: str
) -> Floats:
    """The model's requirement at one end of its interval and of the stated alternatives.

    ``price`` names the end of the 80 % interval: ``price_low`` or ``price_high``.
    """
    left, cost = frame["unsold_probability"].to_numpy(), values.unit_cost
    channel = round_half_away(frame["price"].to_numpy() * liquidation_rate, PLACES)
    gone = np.maximum(cost - np.maximum(values.nrv(channel, sell_rate), 0.0), 0.0)
    sold = values.nrv(frame[price].to_numpy(), sell_rate)
    lost = np.maximum(cost - np.maximum(sold, 0.0), 0.0)
    shortfall = round_half_away((1 - left) * lost + left * gone, PLACES)
    return values.extended(shortfall)


def settle_basis(frame: pd.DataFrame, wanted: NDArray[np.object_]) -> None:
    """Name each row's basis and the requirement that follows, in place.

    A row the model knows too little of stays with the rule, whatever the policy asks.
    """
    line = frame["line"].to_numpy()
    unknown = np.isnan(frame["p_obsolete_90"].to_numpy()) | frame["model_required"].isna()
    short = np.bincount(line, weights=unknown, minlength=len(wanted)) > 0
    basis = np.where(short, Basis.RULE.value, wanted)[line]
    frame["basis"] = basis.astype(object)
    frame["required"] = np.where(
        basis == Basis.MODEL.value, frame["model_required"], frame["rule_required"]
    )
