"""What a reserve is measured against afterwards: the loss that units on hand really brought.

A closed period is looked back on with what is known later. Units that were on hand leave first in
first out: by sales, then by disposals, each at what it brought. Units that are still there are
measured once more with the later evidence, by plain rules and by no model, so that a reserve is
neither praised nor blamed for what has not been decided yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats, Ints

__all__ = ["Outflow", "RealisedLoss", "left_nrv", "realised_loss"]


@dataclass(frozen=True, eq=False)
class Outflow:
    """Units that left, a row an event, in any order.

    Parameters
    ----------
    item
        ``int64[m]`` position of the item among the cohort's rows; rows outside are left aside.
    day
        ``int64[m]`` day number.
    units
        ``float64[m]`` gross units; rows that are not above zero are left aside.
    net_proceeds
        ``float64[m]`` currency for all of the row's units, net of the cost to sell; NaN unknown.
    disposed
        ``bool[m]``: by disposal (liquidation, scrap), not by an ordinary sale.
    """

    item: Ints
    day: Ints
    units: Floats
    net_proceeds: Floats
    disposed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RealisedLoss:
    """Loss of the units that were on hand, ``float64[n]`` each, currency.

    Parameters
    ----------
    sold_units, sold_loss
        Units of the cohort sold in the window, and their cost less net proceeds where that is
        above zero, event by event (a gain on one sale does not pay for a loss on another).
    disposed_units, disposed_loss
        The same of disposals.
    left_units, left_loss
        Units still there at the end of the window, and their cost less what the later evidence
        says they are worth; NaN where that is unknown. Nothing of it is realised yet.
    """

    sold_units: Floats
    sold_loss: Floats
    disposed_units: Floats
    disposed_loss: Floats
    left_units: Floats
    left_loss: Floats

    @property
    def realised(self) -> Floats:
        """Loss on units that are gone."""
        return np.asarray(self.sold_loss + self.disposed_loss, np.float64)

    @property
    def total(self) -> Floats:
        """Loss on units that are gone and on those still there: what a reserve is judged by."""
        return np.asarray(self.realised + self.left_loss, np.float64)


def realised_loss(
    units_on_hand: Floats,
    unit_cost: Floats,
    outflow: Outflow,
    *,
    start: int,
    stop: int,
    left_nrv: Floats | None = None,
) -> RealisedLoss:
    """Loss per item of the units on hand at ``start`` over ``[start, stop)``.

    Counted, and nothing else: the units that were on hand at ``start`` (later receipts are other
    units: first in first out, the cohort leaves before them), at their unit cost of ``start``;
    each sale or disposal of the window at what it brought net, where that is under cost; and the
    units still on hand at ``stop`` at ``left_nrv``. Not counted: units lost, returned to a vendor
    or counted away (they stay among those left), returns by customers, carrying cost, and gains.

    Parameters
    ----------
    units_on_hand, unit_cost
        ``float64[n]`` at ``start``; NaN makes the item's loss NaN.
    outflow
        What left, dated; events of unknown proceeds make the item's loss NaN.
    start, stop
        Day numbers; ``start`` is the as-of day, the day after the close.
    left_nrv
        ``float64[n]`` net realizable value per unit of what is left, from evidence of ``stop``
        (:func:`left_nrv`). ``None``: units left are counted and carry no loss.

    Examples
    --------
    Ten units at cost 5; six sell at 4 net, two at 6, one is liquidated at 1, one is left at 2.

    >>> out = Outflow(
    ...     np.array([0, 0, 0]), np.array([1, 2, 3]), np.array([6.0, 2.0, 1.0]),
    ...     np.array([24.0, 12.0, 1.0]), np.array([False, False, True]),
    ... )
    >>> loss = realised_loss(
    ...     np.array([10.0]), np.array([5.0]), out, start=0, stop=90, left_nrv=np.array([2.0])
    ... )
    >>> loss.sold_loss.tolist(), loss.disposed_loss.tolist(), loss.left_loss.tolist()
    ([6.0], [4.0], [3.0])
    """
    n = len(units_on_hand)
    cohort = np.maximum(units_on_hand, 0.0)
    inside = (outflow.item >= 0) & (outflow.item < n) & (outflow.units > 0)
    rows = np.flatnonzero(inside & (outflow.day >= start) & (outflow.day < stop))
    # by item and day; on one day sales go before disposals
    rows = rows[np.lexsort((outflow.disposed[rows], outflow.day[rows], outflow.item[rows]))]
    item, units = outflow.item[rows], outflow.units[rows]
    upto = np.cumsum(units)
    first = np.searchsorted(item, item, side="left")
    before = upto - units - np.where(first > 0, upto[first - 1], 0.0) if len(rows) else upto
    taken = np.clip(np.nan_to_num(cohort)[item] - before, 0.0, units)
    each = outflow.net_proceeds[rows] / units
    # an event that takes nothing of the cohort says nothing of its loss
    lost = np.where(taken > 0, taken * np.maximum(unit_cost[item] - each, 0.0), 0.0)
    disposed = outflow.disposed[rows]

    def per_item(values: Floats, which: NDArray[np.bool_]) -> Floats:
        summed = np.bincount(item[which], weights=values[which], minlength=n)
        return np.where(np.isnan(cohort), np.nan, summed)

    sold, gone = per_item(taken, ~disposed), per_item(taken, disposed)
    left = np.maximum(cohort - sold - gone, 0.0)
    if left_nrv is None:
        left_loss = np.zeros(n)
    else:
        left_loss = np.where(left > 0, left * np.maximum(unit_cost - left_nrv, 0.0), 0.0)
    return RealisedLoss(
        sold, per_item(lost, ~disposed), gone, per_item(lost, disposed), left, left_loss
    )


def left_nrv(
    left_units: Floats,
    *,
    daily_rate: Floats,
    days_to_go: float,
    selling_price: Floats,
    regular_price: Floats,
    liquidation_rate: float,
    cost_to_sell_rate: Floats,
) -> Floats:
    """Net realizable value per unit of what is left, by the evidence of the end of the window.

    Units that the rate of sale of the last 90 days takes within the days to go are worth the
    price they sold at last; the others go at the liquidation price.

    Parameters
    ----------
    left_units, daily_rate
        ``float64[n]`` units, and units a day over the 90 days before the end.
    days_to_go
        What is left of the demand horizon the reserve was made for; 0 or less: all is liquidated.
    selling_price, regular_price
        ``float64[n]``: average net price of the last 90 days (NaN where nothing sold), and what
        the liquidation rate is taken on.
    liquidation_rate, cost_to_sell_rate
        Of the regular, and of the selling price.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        sells = np.clip(daily_rate * max(days_to_go, 0.0) / left_units, 0.0, 1.0)
    sells = np.where(left_units > 0, sells, 0.0)
    keep = 1.0 - cost_to_sell_rate
    liquidated = liquidation_rate * regular_price * keep
    ordinary = np.where(sells > 0, selling_price * keep, 0.0)
    return np.asarray(sells * ordinary + (1.0 - sells) * liquidated, np.float64)
