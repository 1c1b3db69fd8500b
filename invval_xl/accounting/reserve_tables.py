"""The traditional percentage reserves: evidence beside the NRV amount, never instead of it.

Each rule gives the rate and the reserve; :func:`bridge` sets the reserve beside the NRV amount
with the difference shown. Tables read downwards: a line applies from its threshold on, and below
the first line nothing is reserved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import (
    Floats,
    Numbers,
    floats,
    refuse_negative,
    refuse_outside,
)
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "Bridge",
    "TableReserve",
    "age_reserve",
    "bridge",
    "coverage_reserve",
    "forward_demand_reserve",
    "historical_loss_reserve",
    "movement_rate_reserve",
    "no_sale_reserve",
    "usage_multiple_reserve",
]

# A quotient such as 0.3 / 0.1 falls a hair short of its threshold and counts as reaching it.
_HAIR = 1e-9


@dataclass(frozen=True, eq=False)
class TableReserve:
    """What a table gives.

    Parameters
    ----------
    reserve_rate
        Part of the cost reserved, 0 to 1.
    reserve_cost
        Reserve, currency, not rounded.
    """

    reserve_rate: Floats
    reserve_cost: Floats


@dataclass(frozen=True, eq=False)
class Bridge:
    """A table reserve beside the NRV reserve, in currency.

    Parameters
    ----------
    table_reserve, nrv_reserve
        What the table gives, and what price and cost give.
    difference
        NRV less table: positive where the table reserves too little.
    """

    table_reserve: Floats
    nrv_reserve: Floats
    difference: Floats


def _table(table: ArrayLike, what: str) -> tuple[Floats, Floats]:
    """Thresholds and rates of a table of two columns, checked."""
    lines = floats(table)
    if lines.ndim != 2 or lines.shape[1] != 2 or not lines.size:  # noqa: PLR2004 - two columns
        raise AccountingError("FW128", f"{what} has a line per threshold: threshold, rate")
    thresholds, rates = lines[:, 0], lines[:, 1]
    if np.isnan(lines).any() or np.any(np.diff(thresholds) <= 0.0):
        raise AccountingError("FW128", f"{what}: thresholds do not rise from line to line")
    refuse_outside(rates, 0.0, 1.0, f"rate of {what}", "FW114")
    return thresholds, rates


def _rate_at(measure: Floats, table: ArrayLike, what: str) -> Floats:
    """Rate of the last line whose threshold is reached; 0 below the first, NaN for NaN."""
    thresholds, rates = _table(table, what)
    place = np.searchsorted(thresholds - _HAIR, measure, side="right")
    # NaN sorts past the last threshold; so do real measures, hence the second look.
    rate: Floats = np.append(0.0, rates)[place]
    unknown = np.isnan(measure)
    return np.where(unknown, np.nan, rate)[()] if unknown.any() else rate


def _cost(cost: Numbers) -> Floats:
    checked = floats(cost)
    refuse_negative(checked, "cost", "FW110")
    return checked


def _units(units: Numbers, what: str = "units") -> Floats:
    checked = floats(units)
    refuse_negative(checked, what, "FW111")
    return checked


def _over(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient; something over nothing is infinite, nothing over nothing NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.abs(numerator / denominator)  # nothing may be minus zero
    return quotient


@cites("age buckets")
def age_reserve(cost: Numbers, age_days: Numbers, table: ArrayLike) -> TableReserve:
    """Reserve a rate of cost by the age of each layer.

    Parameters
    ----------
    cost
        Currency by layer, any shape.
    age_days
        Days since original receipt; broadcasts with ``cost``.
    table
        Shape ``(lines, 2)``: from how many days, which rate (0 to 1).

    Returns
    -------
    TableReserve
        In the broadcast shape; NaN where age or cost is unknown.

    Raises
    ------
    AccountingError
        FW110 for a negative cost, FW128 for thresholds that do not rise, FW114 for a rate
        outside 0 to 1.

    Notes
    -----
    Citation: age buckets (accounting.md C1).

    Examples
    --------
    >>> tiers = [[0, 0.0], [183, 0.25], [365, 0.5], [548, 1.0]]
    >>> age_reserve([20000, 10000, 4000, 2000], [90, 200, 400, 600], tiers).reserve_cost.tolist()
    [0.0, 2500.0, 2000.0, 2000.0]
    """
    rate = _rate_at(floats(age_days), table, "age table")
    return TableReserve(rate, _cost(cost) * rate)


@cites("range of coverage")
def coverage_reserve(
    units: Numbers, unit_cost: Numbers, monthly_demand: Numbers, table: ArrayLike
) -> TableReserve:
    """Reserve a rate of cost by the range of coverage: stock over monthly consumption.

    A line applies from its months on; between two lines the next smaller one applies.

    Parameters
    ----------
    units
        Stock on hand or average stock.
    unit_cost
        Currency per unit.
    monthly_demand
        Units per month. None at all is coverage without end: the last line applies.
    table
        Shape ``(lines, 2)``: from how many months, which rate (0 to 1). Shapes broadcast.

    Returns
    -------
    TableReserve
        In the broadcast shape; NaN where stock and demand are both zero or one is unknown.

    Raises
    ------
    AccountingError
        FW110, FW111 for negative cost, units, demand; FW114, FW128 as in :func:`age_reserve`.

    Notes
    -----
    Citation: range of coverage (SAP, Lowest Value Determination Based On Range Of Coverage).

    Examples
    --------
    >>> roh = [[2, 0.03], [3, 0.05], [4, 0.07], [5, 0.10], [8, 0.15], [12, 0.25]]
    >>> float(coverage_reserve(400, 10, 100, roh).reserve_rate)
    0.07
    >>> float(coverage_reserve(1100, 10, 100, roh).reserve_rate)
    0.15
    """
    stock = _units(units)
    months = _over(stock, _units(monthly_demand, "monthly demand"))
    rate = _rate_at(months, table, "coverage table")
    return TableReserve(rate, stock * _cost(unit_cost) * rate)


@cites("movement rate")
def movement_rate_reserve(
    cost: Numbers,
    moved_units: Numbers,
    stock_units: Numbers,
    threshold_rate: float,
    table: ArrayLike,
) -> TableReserve:
    """Reserve by how many periods in a row too little of the stock has moved.

    In each period the movement rate is units moved over stock. The indicator is the number of
    most recent periods, one after another, in which it lay below the threshold.

    Parameters
    ----------
    cost
        Currency, shape ``(...)``.
    moved_units
        Receipts or issues by period, shape ``(..., periods)``, oldest first.
    stock_units
        Stock by period; broadcasts with ``moved_units``.
    threshold_rate
        Movement below this part of stock counts as slow.
    table
        Shape ``(lines, 2)``: from which indicator, which rate (0 to 1).

    Returns
    -------
    TableReserve
        Shape ``(...)``; NaN where a period that decides is unknown or has no stock.

    Raises
    ------
    AccountingError
        FW110, FW111 for negative cost or units; FW114, FW128 as in :func:`age_reserve`.

    Notes
    -----
    Citation: movement rate (SAP, Lowest Value Determination Based On Movement Rate).

    Examples
    --------
    >>> movement_rate_reserve(
    ...     1000, [[50, 4, 3], [4, 4, 50]], 100, 0.10, [[1, 0.2], [2, 0.5]]
    ... ).reserve_cost.tolist()
    [500.0, 0.0]
    """
    threshold = floats(threshold_rate)
    refuse_negative(threshold, "movement threshold", "FW114")
    stock = _units(stock_units, "stock")
    rates = _over(_units(moved_units, "units moved"), np.where(stock == 0.0, np.nan, stock))
    latest_first = rates[..., ::-1]
    moving = latest_first >= threshold - _HAIR
    unknown = np.isnan(latest_first)
    periods = latest_first.shape[-1]
    first_moving = np.where(moving.any(axis=-1), moving.argmax(axis=-1), periods)
    first_unknown = np.where(unknown.any(axis=-1), unknown.argmax(axis=-1), periods)
    indicator = np.where(
        first_unknown < first_moving, np.nan, np.minimum(first_moving, periods)
    ).astype(np.float64)
    rate = _rate_at(indicator, table, "movement table")
    return TableReserve(rate, _cost(cost) * rate)


@cites("usage multiple")
def usage_multiple_reserve(
    units: Numbers, unit_cost: Numbers, annual_usage: Numbers, table: ArrayLike
) -> TableReserve:
    """Reserve the units beyond so many years of use, each band at its own rate.

    Only the units of a band take its rate: with lines of 1 year at 50 % and 2 years at 100 %,
    the first year's use is at no risk, the second year's at half, the rest whole.

    Parameters
    ----------
    units
        Units on hand.
    unit_cost
        Currency per unit.
    annual_usage
        Units used per year.
    table
        Shape ``(lines, 2)``: beyond how many years' use, which rate (0 to 1). Shapes broadcast.

    Returns
    -------
    TableReserve
        In the broadcast shape; the rate is of the whole cost, NaN where there are no units.

    Raises
    ------
    AccountingError
        FW110, FW111 for negative cost, units, usage; FW114, FW128 as in :func:`age_reserve`.

    Notes
    -----
    Citation: usage multiple (accounting.md C1).

    Examples
    --------
    >>> reserve = usage_multiple_reserve(250, 10, 100, [[1, 0.5], [2, 1.0]])
    >>> float(reserve.reserve_cost), float(reserve.reserve_rate)
    (1000.0, 0.4)
    """
    years, rates = _table(table, "usage table")
    refuse_negative(years, "years of use", "FW128")
    stock, usage = np.broadcast_arrays(_units(units), _units(annual_usage, "annual usage"))
    marginal = np.diff(rates, prepend=0.0)
    at_risk = np.zeros(stock.shape)
    for threshold, step in zip(years, marginal, strict=True):
        at_risk = at_risk + step * np.maximum(stock - threshold * usage, 0.0)
    return TableReserve(
        np.where(stock == 0.0, np.nan, _over(at_risk, stock))[()], at_risk * _cost(unit_cost)
    )


@cites("no-sale test")
def no_sale_reserve(
    cost: Numbers, days_since_sale: Numbers, threshold_days: float, loss_rate: float
) -> TableReserve:
    """Reserve a rate of the cost of what has not sold for so many days.

    Parameters
    ----------
    cost
        Currency.
    days_since_sale
        Days since the last sale; for an item never sold, days since receipt. Shapes broadcast.
    threshold_days
        From how many days on an item is slow moving.
    loss_rate
        Part of its cost reserved, 0 to 1.

    Returns
    -------
    TableReserve
        In the broadcast shape; NaN where the last sale is unknown.

    Raises
    ------
    AccountingError
        FW110 for a negative cost, FW114 for a rate outside 0 to 1.

    Notes
    -----
    Citation: no-sale test (accounting.md C1).

    Examples
    --------
    >>> no_sale_reserve([1000, 1000], [400, 30], 365, 0.854).reserve_cost.tolist()
    [854.0, 0.0]
    """
    rate = _rate_at(floats(days_since_sale), [[threshold_days, loss_rate]], "no-sale test")
    return TableReserve(rate, _cost(cost) * rate)


@cites("excess over demand")
def forward_demand_reserve(
    units: Numbers,
    unit_cost: Numbers,
    forecast_units: Numbers,
    returnable_units: Numbers = 0.0,
    loss_rate: Numbers = 1.0,
) -> TableReserve:
    """Reserve the units beyond forecast demand and the supplier's duty to take back.

    Parameters
    ----------
    units, forecast_units, returnable_units
        Units on hand, demand over the horizon, units the supplier takes back or exchanges.
    unit_cost
        Currency per unit.
    loss_rate
        Part of the excess units' cost lost, 0 to 1: 1 where they bring nothing. Shapes
        broadcast.

    Returns
    -------
    TableReserve
        In the broadcast shape; the rate is of the whole cost, NaN where there are no units.

    Raises
    ------
    AccountingError
        FW110, FW111 for negative cost or units, FW114 for a rate outside 0 to 1.

    Notes
    -----
    Citation: excess over demand (accounting.md C1, forward demand).

    Examples
    --------
    >>> float(forward_demand_reserve(1250, 34, 361, returnable_units=100).reserve_cost)
    26826.0
    """
    loss = floats(loss_rate)
    refuse_outside(loss, 0.0, 1.0, "loss rate", "FW114")
    stock = _units(units)
    beyond = stock - _units(forecast_units, "forecast") - _units(returnable_units, "returnable")
    excess = np.maximum(beyond, 0.0)
    rate = np.where(stock == 0.0, np.nan, _over(excess * loss, stock))[()]
    return TableReserve(rate, excess * _cost(unit_cost) * loss)


@cites("historical loss rate")
def historical_loss_reserve(
    cost: Numbers, write_offs: Numbers, average_inventory: Numbers
) -> TableReserve:
    """Reserve at the rate of past write-offs to average inventory.

    Parameters
    ----------
    cost
        Currency on hand now, shape ``(...)``.
    write_offs
        Currency by year, shape ``(..., years)``.
    average_inventory
        Currency at cost by year; broadcasts with ``write_offs``.

    Returns
    -------
    TableReserve
        Shape ``(...)``: sum of write-offs over sum of averages; NaN where there was no
        inventory or a year is unknown.

    Raises
    ------
    AccountingError
        FW110 for negative cost, write-offs or inventory; FW114 where write-offs exceed inventory.

    Notes
    -----
    Citation: historical loss rate (accounting.md C1).

    Examples
    --------
    >>> float(historical_loss_reserve(50000, [100, 300], [9000, 11000]).reserve_cost)
    1000.0
    """
    lost, held = np.broadcast_arrays(_cost(write_offs), _cost(average_inventory))
    total = held.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate: Floats = lost.sum(axis=-1) / np.where(total == 0.0, np.nan, total)
    refuse_outside(floats(rate), 0.0, 1.0, "historical loss rate", "FW114")
    return TableReserve(rate, _cost(cost) * rate)


@cites("ASC 330-10-35-1B", "IAS 2.28")
def bridge(table_reserve: Numbers, nrv_reserve: Numbers) -> Bridge:
    """Set a table reserve beside the NRV reserve, with the difference.

    Parameters
    ----------
    table_reserve, nrv_reserve
        Currency; shapes broadcast.

    Returns
    -------
    Bridge
        Both and their difference (NRV less table): table plus difference is NRV.

    Notes
    -----
    A percentage table is only evidence about NRV. Citation: ASC 330-10-35-1B; IAS 2.28.

    Examples
    --------
    >>> float(bridge(6500, 10597).difference)
    4097.0
    """
    table, realizable = np.broadcast_arrays(floats(table_reserve), floats(nrv_reserve))
    return Bridge(table[()], realizable[()], realizable - table)
