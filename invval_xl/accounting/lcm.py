"""Lower of cost or market with ceiling and floor: LIFO and the retail method under US GAAP."""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative, room_in
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

__all__ = ["ceiling", "floor", "lcm", "lcm_between", "market", "market_between"]

_MARKET = "ASC 330-10-20 Market"


@cites("ASC 330-10-20 Market")
def ceiling(nrv: Numbers) -> Floats:
    """Bound market above: net realizable value.

    Parameters
    ----------
    nrv
        Currency per unit.

    Returns
    -------
    ndarray of float64
        Currency per unit.

    Notes
    -----
    Citation: ASC 330-10-20 Market.

    Examples
    --------
    >>> float(ceiling(82.5))
    82.5
    """
    return floats(nrv)[()]


@cites("ASC 330-10-20 Market")
def floor(nrv: Numbers, normal_profit: Numbers) -> Floats:
    """Bound market below: net realizable value less a normal profit.

    Parameters
    ----------
    nrv, normal_profit
        Currency per unit; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit.

    Raises
    ------
    AccountingError
        FW112 for a negative normal profit.

    Notes
    -----
    Citation: ASC 330-10-20 Market.

    Examples
    --------
    >>> float(floor(82.5, 13.5))
    69.0
    """
    profit = floats(normal_profit)
    refuse_negative(profit, "normal profit", "FW112", _MARKET)
    return floats(nrv) - profit


def _middle(replacement: Floats, high: Floats, low: Floats) -> Floats:
    raised: Floats = np.maximum(replacement, low)
    return np.minimum(raised, high, out=room_in(raised, high))


@cites("ASC 330-10-20 Market")
def market(replacement_cost: Numbers, nrv: Numbers, normal_profit: Numbers) -> Floats:
    """Market: current replacement cost, within ceiling and floor (the middle of the three).

    Parameters
    ----------
    replacement_cost, nrv, normal_profit
        Currency per unit; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit; NaN where any is unknown.

    Raises
    ------
    AccountingError
        FW112 for a negative normal profit, FW113 for a negative replacement cost.

    Notes
    -----
    ``min(max(rc, NRV - m), NRV)``. Citation: ASC 330-10-20 Market.

    Examples
    --------
    >>> market([75, 60, 90], 82.5, 13.5).tolist()
    [75.0, 69.0, 82.5]
    """
    replacement = floats(replacement_cost)
    refuse_negative(replacement, "replacement cost", "FW113", _MARKET)
    return _middle(replacement, floats(nrv), floor(nrv, normal_profit))


@cites("ASC 330-10-20 Market")
def market_between(replacement_cost: Numbers, nrv: Numbers, floor_value: Numbers) -> Floats:
    """Market where the floor itself is given instead of the normal profit.

    Parameters
    ----------
    replacement_cost, nrv, floor_value
        Currency per unit; ``nrv`` is the ceiling. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit; NaN where any is unknown.

    Raises
    ------
    AccountingError
        FW115 where the floor lies above the ceiling, FW113 for a negative replacement cost.

    Notes
    -----
    Citation: ASC 330-10-20 Market.

    Examples
    --------
    >>> float(market_between(150, 240, 208))
    208.0
    """
    replacement, high, low = floats(replacement_cost), floats(nrv), floats(floor_value)
    refuse_negative(replacement, "replacement cost", "FW113", _MARKET)
    if np.any(low > high):
        raise AccountingError("FW115", "a floor lies above its ceiling", _MARKET)
    return _middle(replacement, high, low)


def _lower(unit_cost: Numbers, market_value: Floats) -> Floats:
    cost = floats(unit_cost)
    refuse_negative(cost, "unit cost", "FW110", "ASC 330-10-35-1C")
    carried: Floats = np.maximum(market_value, 0.0, out=room_in(market_value))
    return np.minimum(cost, carried, out=room_in(carried, cost))


@cites("ASC 330-10-35-1C", "ASC 330-10-20 Market")
def lcm(
    unit_cost: Numbers, replacement_cost: Numbers, nrv: Numbers, normal_profit: Numbers
) -> Floats:
    """Carrying unit value: the lower of cost or market, never below zero.

    Only for LIFO and the retail inventory method under US GAAP
    (:func:`invval_xl.accounting.gate.measurement`).

    Parameters
    ----------
    unit_cost, replacement_cost, nrv, normal_profit
        Currency per unit; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit; NaN where any is unknown.

    Raises
    ------
    AccountingError
        FW110, FW112, FW113 for a negative unit cost, normal profit, replacement cost.

    Notes
    -----
    Citation: ASC 330-10-35-1C; ASC 330-10-20 Market.

    Examples
    --------
    >>> lcm([76.5, 10, 50, 20], [75, 8, 40, 29], [82.5, 9, 60, 35], [13.5, 2, 12, 6]).tolist()
    [75.0, 8.0, 48.0, 20.0]
    """
    return _lower(unit_cost, market(replacement_cost, nrv, normal_profit))


@cites("ASC 330-10-35-1C", "ASC 330-10-20 Market")
def lcm_between(
    unit_cost: Numbers, replacement_cost: Numbers, nrv: Numbers, floor_value: Numbers
) -> Floats:
    """Lower of cost or market where the floor itself is given.

    Parameters
    ----------
    unit_cost, replacement_cost, nrv, floor_value
        Currency per unit; ``nrv`` is the ceiling. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit; NaN where any is unknown.

    Raises
    ------
    AccountingError
        FW110, FW113 for a negative unit cost, replacement cost; FW115 for a floor above ceiling.

    Notes
    -----
    Citation: ASC 330-10-35-1C; ASC 330-10-20 Market.

    Examples
    --------
    >>> float(lcm_between(220, 150, 240, 208))
    208.0
    """
    return _lower(unit_cost, market_between(replacement_cost, nrv, floor_value))
