"""Net realizable value, and the lower of cost and it, unit by unit."""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.arrays import (
    Floats,
    Numbers,
    floats,
    refuse_negative,
    refuse_outside,
    room_in,
)
from invval_xl.accounting.citing import cites

__all__ = [
    "lcnrv",
    "net_realizable_value",
    "price_net_of_tax",
    "unit_write_down",
    "write_down",
]


@cites("IAS 2.6", "ASC 330-10-20 Net Realizable Value")
def net_realizable_value(
    selling_price: Numbers,
    cost_to_complete: Numbers = 0.0,
    cost_to_sell: Numbers = 0.0,
    cost_to_sell_rate: Numbers = 0.0,
    transport: Numbers = 0.0,
) -> Floats:
    """Selling price in the ordinary course, less what it takes to complete, sell and ship.

    Parameters
    ----------
    selling_price
        Currency per unit, net of sales tax and of expected price concessions.
    cost_to_complete, cost_to_sell, transport
        Currency per unit.
    cost_to_sell_rate
        Costs to sell as a part of the price, 0 to 1. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit. Below zero where the costs exceed the price: the carrying value is
        then zero (:func:`lcnrv`) and the excess a possible liability. NaN where unknown.

    Raises
    ------
    AccountingError
        FW113 for a negative price or cost, FW114 for a rate outside 0 to 1.

    Notes
    -----
    ``p - k - s - s% * p - t``. Citation: IAS 2.6; ASC 330-10-20 Net Realizable Value.

    Examples
    --------
    >>> float(net_realizable_value(70, cost_to_complete=20))
    50.0
    >>> round(float(net_realizable_value(45.36, cost_to_sell_rate=0.08)), 4)
    41.7312
    """
    price = floats(selling_price)
    refuse_negative(price, "selling price", "FW113", "IAS 2.6")
    rate = floats(cost_to_sell_rate)
    refuse_outside(rate, 0.0, 1.0, "cost to sell rate", "FW114")
    if rate.ndim == 0 and float(rate) == 0.0:
        value = price
    else:
        kept: Floats = np.subtract(1.0, rate)
        value = np.multiply(price, kept, out=room_in(kept, price))
    for what, cost in (
        ("cost to complete", cost_to_complete),
        ("cost to sell", cost_to_sell),
        ("transport", transport),
    ):
        taken = floats(cost)
        if taken.ndim == 0 and float(taken) == 0.0:
            continue
        refuse_negative(taken, what, "FW113", "IAS 2.6")
        value = np.subtract(value, taken, out=None if value is price else room_in(value, taken))
    return price.copy()[()] if value is price else value


@cites("ASC 330-10-35-1B", "IAS 2.9", "FRS 102 13.4")
def lcnrv(unit_cost: Numbers, nrv: Numbers) -> Floats:
    """Carrying unit value: the lower of cost and net realizable value, never below zero.

    Parameters
    ----------
    unit_cost
        Currency per unit: the current cost basis (after earlier write-downs under US GAAP).
    nrv
        Currency per unit, from :func:`net_realizable_value`. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit; NaN where either is unknown.

    Raises
    ------
    AccountingError
        FW110 for a negative unit cost.

    Notes
    -----
    ``min(c, max(NRV, 0))``. Citation: ASC 330-10-35-1B; IAS 2.9; FRS 102 13.4.

    Examples
    --------
    >>> lcnrv(34, [41.73, 33.12, -2.0]).tolist()
    [34.0, 33.12, 0.0]
    """
    cost = floats(unit_cost)
    refuse_negative(cost, "unit cost", "FW110", "IAS 2.9")
    realizable: Floats = np.maximum(floats(nrv), 0.0)
    value: Floats = np.minimum(cost, realizable, out=room_in(realizable, cost))
    return value


@cites("ASC 330-10-35-1B", "IAS 2.9", "FRS 102 13.4")
def unit_write_down(unit_cost: Numbers, nrv: Numbers) -> Floats:
    """Write-down per unit: the excess of cost over net realizable value.

    Parameters
    ----------
    unit_cost, nrv
        Currency per unit; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit, between 0 and the unit cost; NaN where either is unknown.

    Raises
    ------
    AccountingError
        FW110 for a negative unit cost.

    Notes
    -----
    ``max(0, c - max(NRV, 0))``. Citation: ASC 330-10-35-1B; IAS 2.9; FRS 102 13.4.

    Examples
    --------
    >>> unit_write_down([110, 34], [50, 41.73]).tolist()
    [60.0, 0.0]
    """
    cost = floats(unit_cost)
    refuse_negative(cost, "unit cost", "FW110", "IAS 2.9")
    realizable: Floats = np.maximum(floats(nrv), 0.0)
    excess: Floats = np.subtract(cost, realizable, out=room_in(realizable, cost))
    return np.maximum(excess, 0.0, out=room_in(excess))


@cites("ASC 330-10-35-1B", "IAS 2.29", "FRS 102 13.4")
def write_down(units: Numbers, unit_cost: Numbers, nrv: Numbers) -> Floats:
    """Write-down of a line: the unit write-down extended by the units, not rounded.

    The comparison is made per unit and then extended; totals are never compared here.

    Parameters
    ----------
    units
        Units on hand of the line or tranche.
    unit_cost, nrv
        Currency per unit; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency, between 0 and units times unit cost; NaN where any is unknown.

    Raises
    ------
    AccountingError
        FW111 for negative units (negative stock has no value), FW110 for a negative unit cost.

    Notes
    -----
    Citation: ASC 330-10-35-1B; IAS 2.29; FRS 102 13.4.

    Examples
    --------
    >>> round(float(write_down(889, 34, 0.92 * 24)), 2)
    10596.88
    """
    count = floats(units)
    refuse_negative(count, "units", "FW111")
    excess = unit_write_down(unit_cost, nrv)
    extended: Floats = np.multiply(count, excess, out=room_in(excess, count))
    return extended


@cites("net of sales tax")
def price_net_of_tax(price: Numbers, vat_rate: Numbers) -> Floats:
    """Selling price without the sales tax or VAT it includes.

    Parameters
    ----------
    price
        Currency per unit, tax included.
    vat_rate
        Tax on the net price, 0 to 1. Shapes broadcast.

    Returns
    -------
    ndarray of float64
        Currency per unit, net.

    Raises
    ------
    AccountingError
        FW113 for a negative price, FW114 for a rate outside 0 to 1.

    Notes
    -----
    Citation: net of sales tax (accounting.md A6, case 8).

    Examples
    --------
    >>> float(price_net_of_tax(120.0, 0.2))
    100.0
    """
    gross = floats(price)
    refuse_negative(gross, "price", "FW113")
    rate = floats(vat_rate)
    refuse_outside(rate, 0.0, 1.0, "VAT rate", "FW114")
    net: Floats = gross / (1.0 + rate)
    return net
