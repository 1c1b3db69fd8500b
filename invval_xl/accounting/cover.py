"""Stock against sales in time: sell-through, weeks of supply, forward cover, stock-to-sales.

Days of supply, demand rates and excess units live with the tranches they feed
(:mod:`invval_xl.accounting.tranches`); they are at hand here as well.
"""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.arguments import divisor, non_negative, non_negative_divisor, per
from invval_xl.accounting.arrays import Floats, Numbers, floats
from invval_xl.accounting.citing import cites
from invval_xl.accounting.tranches import days_of_supply, demand_rate, excess_units
from invval_xl.findings import AccountingError

__all__ = [
    "days_of_supply",
    "demand_rate",
    "excess_units",
    "forward_cover",
    "sell_through",
    "stock_to_sales",
    "weeks_of_supply",
]

NO_SUCH_BASE = "FW309"


@cites("Retail ratios")
def sell_through(
    units_sold: Numbers, base_units: Numbers, *, base: str = "received", bop_units: Numbers = 0.0
) -> Floats:
    """Sell-through: units sold as a part of a named base.

    Parameters
    ----------
    units_sold
        Units, net of customer returns.
    base_units
        Units of the base; shapes broadcast.
    base
        What ``base_units`` are: ``"received"`` (default; units received or ordered), ``"bop"``
        (beginning on hand), ``"available"`` (received, to which ``bop_units`` are added), or
        ``"left"`` (units left; the base is then sold + left).
    bop_units
        Beginning on hand, with ``"available"`` only.

    Returns
    -------
    ndarray
        Rate of the base; NaN where it is zero. May exceed 1 over receipts or BOP alone.

    Raises
    ------
    AccountingError
        FW301 a negative base; FW309 no such base.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(sell_through(90, 120))
    0.75
    >>> float(sell_through(120, 30, base="left"))
    0.8
    """
    sold = floats(units_sold)
    units = non_negative("base units", base_units)
    if base in {"received", "bop"}:
        whole = units
    elif base == "available":
        whole = units + non_negative("BOP units", bop_units)
    elif base == "left":
        whole = units + sold
    else:
        raise AccountingError(
            NO_SUCH_BASE,
            f'sell-through base "{base}" is not one of "received", "bop", "available", "left"',
        )
    return sold / divisor(whole)


@cites("Retail ratios")
def weeks_of_supply(on_hand: Numbers, average_weekly_sales: Numbers) -> Floats:
    """Weeks of supply: stock over average weekly sales.

    Parameters
    ----------
    on_hand
        Units or currency.
    average_weekly_sales
        A week, in the same unit and valuation; shapes broadcast.

    Returns
    -------
    ndarray
        Weeks; NaN without sales: unknown, not infinite.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(weeks_of_supply(600, 75))
    8.0
    """
    weekly = non_negative_divisor("average weekly sales", average_weekly_sales)
    return non_negative("units on hand", on_hand) / weekly


@cites("Retail ratios")
def stock_to_sales(bom_stock: Numbers, month_sales: Numbers) -> Floats:
    """Stock-to-sales ratio: beginning-of-month stock over the month's sales, both at retail.

    Parameters
    ----------
    bom_stock, month_sales
        Currency at retail, or both in units; shapes broadcast.

    Returns
    -------
    ndarray
        Ratio; NaN without sales.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(stock_to_sales(90000, 30000))
    3.0
    """
    return non_negative("BOM stock", bom_stock) / non_negative_divisor("month sales", month_sales)


@cites("Retail ratios")
def forward_cover(eop: Numbers, future_sales: Numbers, *, repeat_periods: int = 1) -> Floats:
    """Forward cover: how many future periods of sales the ending stock lasts.

    Whole periods are counted until the stock is used up, the last one in part. Where the plan ends
    before the stock does, its last ``repeat_periods`` periods are taken to go on repeating.

    Parameters
    ----------
    eop
        Ending stock, units or currency. Shape: (...).
    future_sales
        Sales of the periods to come, in the same unit and valuation. Shape: (..., periods).
    repeat_periods
        How many periods at the end of the plan repeat: 1 (the last one) by default; all of them to
        repeat the whole horizon.

    Returns
    -------
    ndarray
        Periods. Shape: (...). NaN where the stock outlasts a plan whose repeated end is zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.
    ValueError
        ``repeat_periods`` below 1 or beyond the plan.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(forward_cover(100, [40, 40, 80]))
    2.25
    >>> float(forward_cover(240, [40, 40, 80]))
    4.0
    >>> float(forward_cover(240, [40, 40, 80], repeat_periods=3))
    5.0
    """
    plan = non_negative("future sales", future_sales)
    periods = plan.shape[-1]
    if not 1 <= repeat_periods <= periods:
        msg = f"repeat_periods is {repeat_periods}; the plan has {periods} periods"
        raise ValueError(msg)
    stock = non_negative("ending stock", eop)
    shape = np.broadcast_shapes(stock.shape, plan.shape[:-1])
    stock = np.broadcast_to(stock, shape)
    plan = np.broadcast_to(plan, (*shape, periods))
    planned = plan.sum(axis=-1)
    cycle = plan[..., periods - repeat_periods :]
    cycle_sales = cycle.sum(axis=-1)
    beyond = stock > planned
    over = np.where(beyond, stock - planned, 0.0)
    # Whole cycles at once, then the rest within one: no walk however long the stock lasts.
    whole_cycles = np.floor(per(over, cycle_sales))
    within = _used_up(stock, plan)
    rest = over - whole_cycles * cycle_sales
    after = periods + whole_cycles * repeat_periods + _used_up(np.maximum(rest, 0.0), cycle)
    return np.where(beyond, after, within)[()]


def _used_up(stock: Floats, sales: Floats) -> Floats:
    """Periods until ``stock`` is used up by ``sales``, at most all of them."""
    reached = np.cumsum(sales, axis=-1)
    # Stock left at the beginning of a period, as a part of its sales; a period of no sales counts
    # while there is stock to carry through it.
    left = np.maximum(stock[..., None] - (reached - sales), 0.0)
    part = np.where(
        sales > 0, left / np.where(sales > 0, sales, 1.0), (left > 0).astype(np.float64)
    )
    unknown = np.isnan(sales) | np.isnan(left)
    return floats(np.where(unknown, np.nan, np.minimum(part, 1.0)).sum(axis=-1))
