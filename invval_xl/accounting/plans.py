"""Merchandise plans: average stock, the four beginning-of-month methods, open-to-buy.

Plans are at retail unless a figure says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.accounting.arguments import non_negative, non_negative_divisor, share
from invval_xl.accounting.citing import cites

if TYPE_CHECKING:
    from invval_xl.accounting.arrays import Floats, Numbers

__all__ = [
    "OpenToBuy",
    "average_monthly_sales",
    "average_stock",
    "basic_stock",
    "bom_basic_stock",
    "bom_percentage_variation",
    "bom_stock_to_sales",
    "bom_weeks_of_supply",
    "open_to_buy",
    "planned_purchases",
    "planned_weeks_of_supply",
]


@dataclass(frozen=True, slots=True)
class OpenToBuy:
    """What may still be ordered for a month, currency.

    Parameters
    ----------
    planned_purchases_retail
        Needed for the plan, at retail.
    open_to_buy_retail, open_to_buy_cost
        Less what is on order; negative is over-bought. Cost is NaN where no markup was given.
    """

    planned_purchases_retail: Floats
    open_to_buy_retail: Floats
    open_to_buy_cost: Floats


@cites("Retail ratios")
def average_stock(season_sales: Numbers, turn: Numbers) -> Floats:
    """Average stock a season is planned with: season sales over planned turn.

    Parameters
    ----------
    season_sales
        Sales of the season, currency at retail.
    turn
        Times in the *same* season; shapes broadcast.

    Returns
    -------
    ndarray
        Currency at retail; NaN for a turn of zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(average_stock(160000, 4))
    40000.0
    """
    return non_negative("season sales", season_sales) / non_negative_divisor("turn", turn)


@cites("Retail ratios")
def average_monthly_sales(season_sales: Numbers, months: Numbers) -> Floats:
    """Season sales over its months.

    Parameters
    ----------
    season_sales
        Currency at retail.
    months
        Months in the season; shapes broadcast.

    Returns
    -------
    ndarray
        Currency a month; NaN for a season of no months.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(average_monthly_sales(120000, 6))
    20000.0
    """
    return non_negative("season sales", season_sales) / non_negative_divisor("months", months)


@cites("Retail ratios")
def basic_stock(average_stock: Numbers, average_monthly_sales: Numbers) -> Floats:
    """Stock kept whatever the month sells: average stock less average monthly sales.

    Parameters
    ----------
    average_stock, average_monthly_sales
        Currency at retail; shapes broadcast.

    Returns
    -------
    ndarray
        Currency; negative where turn is faster than once a month: take another method then.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(basic_stock(40000, 25000))
    15000.0
    """
    monthly = non_negative("average monthly sales", average_monthly_sales)
    return non_negative("average stock", average_stock) - monthly


@cites("Retail ratios")
def bom_basic_stock(
    month_sales: Numbers, average_stock: Numbers, average_monthly_sales: Numbers
) -> Floats:
    """BOM stock by the basic stock method: month's sales plus basic stock.

    Parameters
    ----------
    month_sales, average_stock, average_monthly_sales
        Currency at retail; shapes broadcast.

    Returns
    -------
    ndarray
        Currency at retail.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(bom_basic_stock(20000, 40000, 160000 / 6)), 2)
    33333.33
    """
    kept = basic_stock(average_stock, average_monthly_sales)
    return non_negative("month sales", month_sales) + kept


@cites("Retail ratios")
def bom_percentage_variation(
    month_sales: Numbers, average_stock: Numbers, average_monthly_sales: Numbers
) -> Floats:
    """BOM stock by percentage variation: average stock x 1/2 x (1 + month / average sales).

    Parameters
    ----------
    month_sales, average_stock, average_monthly_sales
        Currency at retail; shapes broadcast.

    Returns
    -------
    ndarray
        Currency at retail; NaN where average sales are zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(bom_percentage_variation(20000, 40000, 25000))
    36000.0
    """
    month = non_negative("month sales", month_sales)
    monthly = non_negative_divisor("average monthly sales", average_monthly_sales)
    average = non_negative("average stock", average_stock)
    return average * (1.0 + month / monthly) / 2.0


@cites("Retail ratios")
def planned_weeks_of_supply(weeks: Numbers, turn: Numbers) -> Floats:
    """Weeks of supply that a planned turn means: weeks of the season over turn.

    Parameters
    ----------
    weeks
        Weeks in the season.
    turn
        Times in the same season; shapes broadcast.

    Returns
    -------
    ndarray
        Weeks; NaN for a turn of zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(planned_weeks_of_supply(26, 2))
    13.0
    """
    return non_negative("weeks", weeks) / non_negative_divisor("turn", turn)


@cites("Retail ratios")
def bom_weeks_of_supply(average_weekly_sales: Numbers, weeks_of_supply: Numbers) -> Floats:
    """BOM stock by weeks of supply: average weekly sales x weeks of supply.

    Parameters
    ----------
    average_weekly_sales
        Currency a week at retail.
    weeks_of_supply
        Weeks, e.g. from :func:`planned_weeks_of_supply`; shapes broadcast.

    Returns
    -------
    ndarray
        Currency at retail.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(bom_weeks_of_supply(5000, 13))
    65000.0
    """
    weeks = non_negative("weeks of supply", weeks_of_supply)
    return non_negative("average weekly sales", average_weekly_sales) * weeks


@cites("Retail ratios")
def bom_stock_to_sales(month_sales: Numbers, stock_to_sales: Numbers) -> Floats:
    """BOM stock by the stock-to-sales method: month's sales x planned ratio.

    Parameters
    ----------
    month_sales
        Currency at retail.
    stock_to_sales
        Planned ratio of BOM stock to the month's sales; shapes broadcast.

    Returns
    -------
    ndarray
        Currency at retail.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(bom_stock_to_sales(30000, 3))
    90000.0
    """
    ratio = non_negative("stock-to-sales ratio", stock_to_sales)
    return non_negative("month sales", month_sales) * ratio


@cites("Retail ratios")
def planned_purchases(
    planned_sales: Numbers,
    planned_reductions: Numbers,
    planned_eom: Numbers,
    bom: Numbers,
) -> Floats:
    """Purchases a month's plan needs, at retail: sales + reductions + EOM - BOM.

    Parameters
    ----------
    planned_sales, planned_reductions, planned_eom, bom
        Currency at retail; reductions are markdowns, employee discounts and shrink. Shapes
        broadcast.

    Returns
    -------
    ndarray
        Currency at retail; negative where the stock is too high already.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(planned_purchases(20000, 1000, 15000, 18000))
    18000.0
    """
    return (
        non_negative("planned sales", planned_sales)
        + non_negative("planned reductions", planned_reductions)
        + non_negative("planned EOM", planned_eom)
        - non_negative("BOM", bom)
    )


@cites("Retail ratios")
def open_to_buy(
    planned_sales: Numbers,
    planned_markdowns: Numbers,
    planned_eom: Numbers,
    bom: Numbers,
    on_order: Numbers,
    *,
    employee_discounts: Numbers = 0.0,
    planned_shrink: Numbers = 0.0,
    received: Numbers = 0.0,
    imu_rate: Numbers | None = None,
) -> OpenToBuy:
    """Open-to-buy: planned purchases less what is received and on order.

    Parameters
    ----------
    planned_sales, planned_markdowns, planned_eom, bom
        Currency at retail. Later in a month: of the rest of it, with the stock of today as ``bom``.
    on_order
        Due in the month, currency at retail.
    employee_discounts, planned_shrink
        Further reductions, currency at retail.
    received
        Received already in the month and not yet in ``bom``, currency at retail.
    imu_rate
        Planned initial markup on retail, 0 to below 1; turns open-to-buy into cost. Shapes
        broadcast.

    Returns
    -------
    OpenToBuy
        Negative where over-bought.

    Raises
    ------
    AccountingError
        FW301 a negative figure, a markup outside 0 to below 1.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> plan = open_to_buy(20000, 1000, 15000, 18000, 4000, imu_rate=0.5)
    >>> float(plan.open_to_buy_retail), float(plan.open_to_buy_cost)
    (14000.0, 7000.0)
    """
    reductions = (
        non_negative("planned markdowns", planned_markdowns)
        + non_negative("employee discounts", employee_discounts)
        + non_negative("planned shrink", planned_shrink)
    )
    needed = planned_purchases(planned_sales, reductions, planned_eom, bom)
    to_come = non_negative("on order", on_order) + non_negative("received", received)
    at_retail = needed - to_come
    unknown = float("nan")
    complement = unknown if imu_rate is None else 1.0 - share("IMU rate", imu_rate)
    return OpenToBuy(
        planned_purchases_retail=needed,
        open_to_buy_retail=at_retail,
        open_to_buy_cost=at_retail * complement,
    )
