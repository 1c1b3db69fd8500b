"""What a reserve is measured against afterwards: the loss that units on hand really brought.

A closed period is looked back on with what is known later. Units that were on hand leave first in
first out: by sales, disposals, markouts and returns to the vendor, each at what it brought. Units
that are still there are measured once more with the later evidence, by plain rules and by no
model, so that a reserve is neither praised nor blamed for what has not been decided yet.

One walk for both that look back: training judges its folds by it (:mod:`.dollars`), the monitoring
its cohorts (:mod:`invval_xl.monitoring.realised`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats, Ints

__all__ = [
    "DISPOSED",
    "RETURNED",
    "SCRAPPED",
    "SOLD",
    "Outflow",
    "RealisedLoss",
    "left_loss",
    "realised_loss",
]

SOLD, DISPOSED, SCRAPPED, RETURNED = range(4)
_KINDS = 4


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
        Not read of a return to the vendor: it brings its cost.
    kind
        ``int64[m]``: :data:`SOLD`, :data:`DISPOSED` (liquidated, at what was paid),
        :data:`SCRAPPED` (marked out for nothing) or :data:`RETURNED` (to the vendor, at cost).
    """

    item: Ints
    day: Ints
    units: Floats
    net_proceeds: Floats
    kind: NDArray[np.int64] | NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RealisedLoss:
    """Units of the cohort by what became of them, and their losses, ``float64[n]`` each.

    Parameters
    ----------
    units, losses
        By kind of outflow: units of the cohort that left so, and their cost less net proceeds
        where that is above zero, event by event (a gain on one sale does not pay for a loss on
        another), currency.
    net_proceeds
        What all of them brought, currency.
    left_units
        Units still there at the end of the window.
    moved_units
        Gone without a trace (transfers, shrink, corrections): they lose nothing here, shrinkage is
        no fall in NRV.
    """

    units: tuple[Floats, ...]
    losses: tuple[Floats, ...]
    net_proceeds: Floats
    left_units: Floats
    moved_units: Floats

    @property
    def realised(self) -> Floats:
        """Loss on units that are gone."""
        return np.asarray(sum(self.losses), np.float64)


def realised_loss(
    units_on_hand: Floats,
    unit_cost: Floats,
    outflow: Outflow,
    *,
    start: int,
    stop: int,
    on_hand_then: Floats | None = None,
) -> RealisedLoss:
    """Loss per item of the units on hand at ``start`` over ``[start, stop)``.

    Counted, and nothing else: the units that were on hand at ``start`` (later receipts are other
    units: first in first out, the cohort leaves before them), at their unit cost of ``start``;
    each outflow of the window at what it brought net, where that is under cost. Not counted:
    returns by customers, carrying cost, and gains.

    Parameters
    ----------
    units_on_hand, unit_cost
        ``float64[n]`` at ``start``; NaN makes the item's loss NaN.
    outflow
        What left, dated; events of unknown proceeds make the item's loss NaN.
    start, stop
        Day numbers; ``start`` is the as-of day, the day after the close.
    on_hand_then
        ``float64[n]`` units on hand at ``stop``: no more of the cohort can be left. NaN, or
        ``None``: not known.

    Examples
    --------
    Ten units at cost 5; six sell at 4 net, two at 6, one is liquidated at 1, one is left.

    >>> out = Outflow(
    ...     np.array([0, 0, 0]), np.array([1, 2, 3]), np.array([6.0, 2.0, 1.0]),
    ...     np.array([24.0, 12.0, 1.0]), np.array([SOLD, SOLD, DISPOSED]),
    ... )
    >>> loss = realised_loss(np.array([10.0]), np.array([5.0]), out, start=0, stop=90)
    >>> [each.tolist() for each in loss.losses[:2]], loss.left_units.tolist()
    ([[6.0], [4.0]], [1.0])
    """
    n = len(units_on_hand)
    cohort = np.maximum(units_on_hand, 0.0)
    inside = (outflow.item >= 0) & (outflow.item < n) & (outflow.units > 0)
    rows = np.flatnonzero(inside & (outflow.day >= start) & (outflow.day < stop))
    # by item and day; on one day sales go before disposals, markouts and returns
    rows = rows[np.lexsort((outflow.kind[rows], outflow.day[rows], outflow.item[rows]))]
    item, units = outflow.item[rows], outflow.units[rows]
    upto = np.cumsum(units)
    first = np.searchsorted(item, item, side="left")
    before = upto - units - np.where(first > 0, upto[first - 1], 0.0) if len(rows) else upto
    taken = np.clip(np.nan_to_num(cohort)[item] - before, 0.0, units)
    kind = outflow.kind[rows].astype(np.int64)
    each = np.where(kind == RETURNED, unit_cost[item], outflow.net_proceeds[rows] / units)
    # an event that takes nothing of the cohort says nothing of its loss
    lost = np.where(taken > 0, taken * np.maximum(unit_cost[item] - each, 0.0), 0.0)
    brought = np.where(taken > 0, taken * each, 0.0)

    def per_item(values: Floats, which: NDArray[np.bool_]) -> Floats:
        summed = np.bincount(item[which], weights=values[which], minlength=n)
        return np.where(np.isnan(cohort), np.nan, summed)

    gone = tuple(per_item(taken, kind == code) for code in range(_KINDS))
    rest = np.maximum(cohort - sum(gone), 0.0)
    left = rest if on_hand_then is None else np.fmin(rest, np.maximum(on_hand_then, 0.0))
    return RealisedLoss(
        gone,
        tuple(per_item(lost, kind == code) for code in range(_KINDS)),
        per_item(brought, kind >= 0),
        left,
        rest - left,
    )


def left_loss(
    left_units: Floats,
    unit_cost: Floats,
    *,
    daily_rate: Floats,
    days_to_go: Floats | float,
    ordinary_nrv: Floats,
    liquidated_nrv: Floats,
) -> Floats:
    """Loss on what is left, by the facts of the end of the window and not by any model.

    Units that the present rate of sale takes within the days to go are worth what such units
    bring net; the others go at the liquidation price. A reserve is made for a horizon: what is
    beyond it was in excess, however slowly it may sell on.

    Parameters
    ----------
    left_units, unit_cost, daily_rate
        ``float64[n]``; no rate is no demand.
    days_to_go
        What is left of the demand horizon the reserve was made for; 0 or less: all is liquidated.
    ordinary_nrv, liquidated_nrv
        ``float64[n]`` currency per unit, net of the cost to sell; NaN: unknown, and so is the loss
        where it is needed.

    Examples
    --------
    >>> one = np.array([100.0]), np.array([10.0])
    >>> told = dict(ordinary_nrv=np.array([12.0]), liquidated_nrv=np.array([6.0]))
    >>> float(left_loss(*one, daily_rate=np.array([0.1]), days_to_go=365.0, **told)[0])
    254.0
    """
    demand = np.nan_to_num(daily_rate) * np.maximum(days_to_go, 0.0)
    sells = np.minimum(left_units, demand)
    beyond = left_units - sells
    ordinary = np.where(sells > 0, sells * np.maximum(unit_cost - ordinary_nrv, 0.0), 0.0)
    gone = np.where(beyond > 0, beyond * np.maximum(unit_cost - liquidated_nrv, 0.0), 0.0)
    loss = ordinary + gone
    return np.asarray(np.where(np.isnan(left_units), np.nan, loss), np.float64)
