"""Markups, margins, markdowns, turn, GMROI and shortage (accounting.md B5).

Every rate is a part of one, 0.25 for 25 %, and every name says of what: the same item is marked up
39.94 % on retail and 66.5 % on cost.
"""

from __future__ import annotations

from invval_xl.accounting.arguments import (
    at_most_one,
    below_one,
    divisor,
    non_negative,
    non_negative_divisor,
)
from invval_xl.accounting.arrays import Floats, Numbers, floats
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError
from invval_xl.terms import Valuation

__all__ = [
    "average_inventory",
    "average_inventory_for_turn",
    "average_inventory_of_counts",
    "days_in_inventory",
    "days_in_inventory_from_turn",
    "gmroi",
    "gmroi_from_turn",
    "gross_margin",
    "gross_margin_rate",
    "gross_margin_rate_from_mmu",
    "imu_rate",
    "imu_rate_required",
    "mmu_rate",
    "rate_of_change",
    "shortage",
    "shortage_rate",
    "turn",
]

TWO_VALUATIONS = "FW308"


@cites("Retail ratios")
def gross_margin(net_sales: Numbers, cogs: Numbers) -> Floats:
    """Net sales less cost of goods sold.

    Parameters
    ----------
    net_sales, cogs
        Currency; shapes broadcast.

    Returns
    -------
    ndarray
        Currency, negative where goods sold below cost.

    Raises
    ------
    AccountingError
        FW301 a negative cost.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(gross_margin(11340, 9360))
    1980.0
    """
    return floats(net_sales) - non_negative("cost of goods sold", cogs)


@cites("Retail ratios")
def gross_margin_rate(net_sales: Numbers, cogs: Numbers) -> Floats:
    """Gross margin as a part of net sales.

    Parameters
    ----------
    net_sales, cogs
        Currency; shapes broadcast. Price and cost of one unit serve as well.

    Returns
    -------
    ndarray
        Rate; NaN without sales.

    Raises
    ------
    AccountingError
        FW301 a negative cost.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(gross_margin_rate(180, 72))
    0.6
    """
    return gross_margin(net_sales, cogs) / divisor(floats(net_sales))


@cites("Retail ratios")
def imu_rate(retail: Numbers, cost: Numbers) -> Floats:
    """Measure the initial markup on original retail: ``(retail - cost) / retail``.

    Parameters
    ----------
    retail, cost
        Currency, of one item or of everything received (then the cumulative markup); shapes
        broadcast.

    Returns
    -------
    ndarray
        Rate of retail; NaN where retail is zero, negative where it is below cost.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(imu_rate(50, 30))
    0.4
    """
    original = non_negative_divisor("retail", retail)
    return (original - non_negative("cost", cost)) / original


@cites("Retail ratios")
def imu_rate_required(
    expenses: Numbers,
    profit: Numbers,
    reductions: Numbers,
    *,
    cash_discounts: Numbers = 0.0,
    alterations: Numbers = 0.0,
    net_sales: Numbers = 1.0,
) -> Floats:
    """Find the initial markup a plan needs to pay for expenses, profit and reductions.

    ``(expenses + profit - cash discounts + alterations + reductions) / (net sales + reductions)``

    Parameters
    ----------
    expenses, profit, reductions
        As rates of net sales (with ``net_sales`` left at 1), or all in currency. Reductions are
        markdowns, employee and other discounts, and shrink. Shapes broadcast.
    cash_discounts, alterations
        Cash discounts earned on purchases; alteration or workroom costs. Same unit.
    net_sales
        1 for rates, 100 for percentages, or net sales in currency.

    Returns
    -------
    ndarray
        Rate of original retail.

    Raises
    ------
    AccountingError
        FW301 negative reductions, discounts, alterations or sales.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(imu_rate_required(0.32, 0.05, 0.15)), 4)
    0.4522
    >>> float(imu_rate_required(60000, 15000, 25000, net_sales=225000))
    0.4
    """
    reduced = non_negative("reductions", reductions)
    needed = (
        floats(expenses)
        + floats(profit)
        - non_negative("cash discounts", cash_discounts)
        + non_negative("alterations", alterations)
        + reduced
    )
    return needed / divisor(non_negative("net sales", net_sales) + reduced)


@cites("Retail ratios")
def mmu_rate(imu_rate: Numbers, reductions_rate: Numbers) -> Floats:
    """Maintained markup: what is left of the initial markup after reductions.

    ``IMU - reductions x (1 - IMU)``

    Parameters
    ----------
    imu_rate
        Initial markup as a part of original retail.
    reductions_rate
        Reductions as a part of *net sales*; shapes broadcast. May exceed 1.

    Returns
    -------
    ndarray
        Rate of net sales; negative where the reductions eat more than the markup.

    Raises
    ------
    AccountingError
        FW301 an IMU above 1, negative reductions.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(mmu_rate(0.48, 0.15)), 4)
    0.402
    """
    initial = at_most_one("markup rate", imu_rate)
    return initial - non_negative("reductions rate", reductions_rate) * (1.0 - initial)


@cites("Retail ratios")
def gross_margin_rate_from_mmu(
    mmu_rate: Numbers, *, cash_discounts_rate: Numbers = 0.0, alterations_rate: Numbers = 0.0
) -> Floats:
    """Gross margin: maintained markup plus cash discounts less alteration costs.

    Parameters
    ----------
    mmu_rate, cash_discounts_rate, alterations_rate
        Rates of net sales; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of net sales.

    Raises
    ------
    AccountingError
        FW301 a negative discount or cost.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(gross_margin_rate_from_mmu(0.402, cash_discounts_rate=0.02)), 4)
    0.422
    """
    discounts = non_negative("cash discounts rate", cash_discounts_rate)
    return floats(mmu_rate) + discounts - non_negative("alterations rate", alterations_rate)


@cites("Retail ratios")
def average_inventory(beginning: Numbers, ending: Numbers) -> Floats:
    """Mean of beginning and ending inventory.

    Parameters
    ----------
    beginning, ending
        Units or currency, both in one valuation; shapes broadcast.

    Returns
    -------
    ndarray
        In the same unit.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(average_inventory(14500, 17500))
    16000.0
    """
    opening = non_negative("beginning inventory", beginning)
    return (opening + non_negative("ending inventory", ending)) / 2.0


@cites("Retail ratios")
def average_inventory_of_counts(stocks: Numbers) -> Floats:
    """Mean of several stock figures, e.g. twelve BOM figures and the last EOM.

    Parameters
    ----------
    stocks
        Units or currency, in one valuation. Shape: (..., counts).

    Returns
    -------
    ndarray
        In the same unit. Shape: (...). NaN where a count is unknown.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(average_inventory_of_counts([40000, 44000, 36000]))
    40000.0
    """
    counted = non_negative("stock", stocks)
    return floats(counted.mean(axis=-1))[()]


@cites("Retail ratios")
def turn(
    sales: Numbers,
    average_inventory: Numbers,
    *,
    sales_in: Valuation | str = Valuation.COST,
    inventory_in: Valuation | str | None = None,
) -> Floats:
    """Turn: sales over average inventory, both in one valuation.

    Sales at retail over inventory at cost is no turn (it is the sales-to-stock ratio): one
    retailer's turn is 5.0 at retail, 5.5 at cost and 6.0 in units.

    Parameters
    ----------
    sales
        Cost of goods sold, net sales at retail, or units sold, as ``sales_in`` says.
    average_inventory
        Of the same period; shapes broadcast.
    sales_in
        ``"cost"`` (default), ``"retail"``, ``"units"``, ...
    inventory_in
        Valuation of the inventory; that of the sales where omitted.

    Returns
    -------
    ndarray
        Times a period; NaN without inventory.

    Raises
    ------
    AccountingError
        FW301 negative inventory; FW308 sales in one valuation over inventory in another.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(turn(156000, 16000))
    9.75
    >>> turn(24000, 4000, sales_in="retail", inventory_in="cost")
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: sales in retail over inventory in cost is no turn; take \
both in one valuation (Retail ratios)
    """
    outflow = Valuation(str(sales_in).lower())
    stock = outflow if inventory_in is None else Valuation(str(inventory_in).lower())
    if outflow is not stock:
        raise AccountingError(
            TWO_VALUATIONS,
            f"sales in {outflow.value} over inventory in {stock.value} is no turn; "
            "take both in one valuation",
            "Retail ratios",
        )
    return floats(sales) / non_negative_divisor("average inventory", average_inventory)


@cites("Retail ratios")
def average_inventory_for_turn(sales: Numbers, turn: Numbers) -> Floats:
    """Average inventory that a planned turn allows: sales over turn.

    Parameters
    ----------
    sales
        Of the year or season, in the valuation of the turn.
    turn
        Times in the same year or season; shapes broadcast.

    Returns
    -------
    ndarray
        In the unit of ``sales``; NaN for a turn of zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(average_inventory_for_turn(24000, 6))
    4000.0
    """
    return non_negative("sales", sales) / non_negative_divisor("turn", turn)


@cites("Retail ratios")
def days_in_inventory(cogs: Numbers, inventory: Numbers, *, days: Numbers = 365.0) -> Floats:
    """Days the inventory would last at the period's cost of goods sold.

    Parameters
    ----------
    cogs
        Of a period of ``days`` days, currency at cost.
    inventory
        Average inventory at cost (or ending inventory, where a text takes that); shapes broadcast.
    days
        Days in the period: 365 (default), 360, 91, ...

    Returns
    -------
    ndarray
        Days; NaN where nothing was sold.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(days_in_inventory(156000, 16000)), 2)
    37.44
    """
    held = non_negative("inventory", inventory)
    sold = non_negative_divisor("cost of goods sold", cogs)
    return non_negative("days", days) * held / sold


@cites("Retail ratios")
def days_in_inventory_from_turn(turn: Numbers, *, days: Numbers = 365.0) -> Floats:
    """Days in inventory from turn: days of the period over turn.

    Parameters
    ----------
    turn
        Times in the period.
    days
        Days in the period; shapes broadcast.

    Returns
    -------
    ndarray
        Days; NaN for a turn of zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(days_in_inventory_from_turn(4, days=360))
    90.0
    """
    return non_negative("days", days) / non_negative_divisor("turn", turn)


@cites("Retail ratios")
def gmroi(gross_margin: Numbers, average_inventory_cost: Numbers) -> Floats:
    """Gross margin return on investment: gross margin over average inventory at cost.

    Parameters
    ----------
    gross_margin
        Currency, of the period.
    average_inventory_cost
        Currency, at cost; shapes broadcast.

    Returns
    -------
    ndarray
        Currency of margin per currency of inventory; NaN without inventory.

    Raises
    ------
    AccountingError
        FW301 negative inventory.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(gmroi(54000, 27000))
    2.0
    """
    held = non_negative_divisor("average inventory at cost", average_inventory_cost)
    return floats(gross_margin) / held


@cites("Retail ratios")
def gmroi_from_turn(gross_margin_rate: Numbers, turn: Numbers) -> Floats:
    """GMROI from margin and turn: ``margin x turn / (1 - margin)``.

    Parameters
    ----------
    gross_margin_rate
        As a part of net sales, below 1.
    turn
        Times a period, in one valuation (cost over cost, or retail over retail at the same
        markup); shapes broadcast.

    Returns
    -------
    ndarray
        Currency of margin per currency of inventory at cost.

    Raises
    ------
    AccountingError
        FW301 a margin of 1 or more, a negative turn.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(gmroi_from_turn(0.6, 2.5)), 2)
    3.75
    """
    margin = below_one("gross margin rate", gross_margin_rate)
    return margin * non_negative("turn", turn) / (1.0 - margin)


@cites("Retail ratios", "IRC 471(b)")
def shortage(book_inventory: Numbers, physical_inventory: Numbers) -> Floats:
    """Shortage: book less physical inventory; negative is an overage.

    Parameters
    ----------
    book_inventory, physical_inventory
        Units or currency, both in one valuation; shapes broadcast.

    Returns
    -------
    ndarray
        In the same unit.

    Raises
    ------
    AccountingError
        FW301 a negative physical count.

    Notes
    -----
    Citation: Retail ratios; IRC 471(b).

    Examples
    --------
    >>> float(shortage(1000, 900))
    100.0
    """
    return floats(book_inventory) - non_negative("physical inventory", physical_inventory)


@cites("Retail ratios")
def shortage_rate(shortage: Numbers, net_sales: Numbers) -> Floats:
    """Shortage as a part of *net sales*, not of book stock.

    Parameters
    ----------
    shortage
        Currency at retail (units where ``net_sales`` are units).
    net_sales
        In the same unit; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of net sales; NaN without sales.

    Raises
    ------
    AccountingError
        FW301 negative net sales.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(shortage_rate(1055, 95640)), 4)
    0.011
    """
    return floats(shortage) / non_negative_divisor("net sales", net_sales)


@cites("Retail ratios")
def rate_of_change(now: Numbers, before: Numbers) -> Floats:
    """Change against an earlier figure, as a part of it.

    Parameters
    ----------
    now, before
        In one unit; shapes broadcast.

    Returns
    -------
    ndarray
        Rate; NaN where there was nothing before.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(rate_of_change(0.75, 1.5))
    -0.5
    """
    earlier = floats(before)
    return (floats(now) - earlier) / divisor(earlier)
