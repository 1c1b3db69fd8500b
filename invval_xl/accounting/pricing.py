"""Prices, markups and markdowns of an item (accounting.md B5): each percentage names its base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.accounting.arguments import (
    at_most_one,
    non_negative,
    non_negative_divisor,
    rate,
    share,
    total,
)
from invval_xl.accounting.citing import cites

if TYPE_CHECKING:
    from invval_xl.accounting.arrays import Floats, Numbers

__all__ = [
    "breakeven_price",
    "cost_from_margin",
    "cost_from_markup_on_cost",
    "margin_rate_after_markdown",
    "margin_rate_before_markdown",
    "markdown_rate_of_new_price",
    "markdown_rate_of_sales",
    "markdown_rate_of_ticket",
    "markup_on_cost_from_markup_on_retail",
    "markup_on_cost_rate",
    "markup_on_retail_from_markup_on_cost",
    "price_after_markdown",
    "price_from_margin",
    "price_from_markup_on_cost",
]


@cites("Retail ratios")
def markup_on_cost_rate(retail: Numbers, cost: Numbers) -> Floats:
    """Markup as a part of *cost*: ``(retail - cost) / cost``.

    Parameters
    ----------
    retail, cost
        Currency; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of cost; NaN where cost is zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(markup_on_cost_rate(50, 30)), 4)
    0.6667
    """
    paid = non_negative_divisor("cost", cost)
    return (non_negative("retail", retail) - paid) / paid


@cites("Retail ratios")
def markup_on_cost_from_markup_on_retail(markup_on_retail_rate: Numbers) -> Floats:
    """Turn a markup on retail into the same markup on cost: ``m / (1 - m)``.

    Parameters
    ----------
    markup_on_retail_rate
        Rate of retail, 0 to below 1.

    Returns
    -------
    ndarray
        Rate of cost.

    Raises
    ------
    AccountingError
        FW301 a rate outside 0 to below 1.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(markup_on_cost_from_markup_on_retail(0.3994)), 3)
    0.665
    """
    markup = share("markup on retail rate", markup_on_retail_rate)
    return markup / (1.0 - markup)


@cites("Retail ratios")
def markup_on_retail_from_markup_on_cost(markup_on_cost_rate: Numbers) -> Floats:
    """Turn a markup on cost into the same markup on retail: ``k / (1 + k)``.

    Parameters
    ----------
    markup_on_cost_rate
        Rate of cost, 0 and up.

    Returns
    -------
    ndarray
        Rate of retail.

    Raises
    ------
    AccountingError
        FW301 a negative rate.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(markup_on_retail_from_markup_on_cost(0.25))
    0.2
    """
    markup = non_negative("markup on cost rate", markup_on_cost_rate)
    return markup / (1.0 + markup)


@cites("Retail ratios")
def price_from_margin(cost: Numbers, margin_rate: Numbers) -> Floats:
    """Find the price that gives a margin on *price*: ``cost / (1 - margin)``.

    Parameters
    ----------
    cost
        Currency.
    margin_rate
        Part of the price, 0 to below 1; shapes broadcast.

    Returns
    -------
    ndarray
        Currency.

    Raises
    ------
    AccountingError
        FW301 a negative cost, a rate outside 0 to below 1.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(price_from_margin(28, 0.65)), 2)
    80.0
    """
    return non_negative("cost", cost) / (1.0 - share("margin rate", margin_rate))


@cites("Retail ratios")
def cost_from_margin(retail: Numbers, margin_rate: Numbers) -> Floats:
    """Find the cost that leaves a margin on *price*: ``retail x (1 - margin)``.

    Parameters
    ----------
    retail
        Currency.
    margin_rate
        Part of the price, 0 to 1; shapes broadcast.

    Returns
    -------
    ndarray
        Currency.

    Raises
    ------
    AccountingError
        FW301 a negative price, a rate outside 0 to 1.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(cost_from_margin(90, 0.6))
    36.0
    """
    return non_negative("retail", retail) * (1.0 - rate("margin rate", margin_rate))


@cites("Retail ratios")
def price_from_markup_on_cost(cost: Numbers, markup_on_cost_rate: Numbers) -> Floats:
    """Find the price that gives a markup on *cost*: ``cost x (1 + markup)``.

    Parameters
    ----------
    cost
        Currency.
    markup_on_cost_rate
        Part of the cost, 0 and up; shapes broadcast.

    Returns
    -------
    ndarray
        Currency.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(price_from_markup_on_cost(2.0, 0.2))
    2.4
    """
    markup = non_negative("markup on cost rate", markup_on_cost_rate)
    return non_negative("cost", cost) * (1.0 + markup)


@cites("Retail ratios")
def cost_from_markup_on_cost(retail: Numbers, markup_on_cost_rate: Numbers) -> Floats:
    """Find the cost behind a price marked up on *cost*: ``retail / (1 + markup)``.

    Parameters
    ----------
    retail
        Currency.
    markup_on_cost_rate
        Part of the cost, 0 and up; shapes broadcast.

    Returns
    -------
    ndarray
        Currency.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(cost_from_markup_on_cost(46000, 0.25))
    36800.0
    """
    markup = non_negative("markup on cost rate", markup_on_cost_rate)
    return non_negative("retail", retail) / (1.0 + markup)


@cites("Retail ratios")
def price_after_markdown(price: Numbers, markdown_rate: Numbers) -> Floats:
    """Price after a markdown off the *ticket*: ``price x (1 - markdown)``.

    Parameters
    ----------
    price
        Ticket price, currency.
    markdown_rate
        Part of the ticket, 0 to 1; shapes broadcast.

    Returns
    -------
    ndarray
        Currency.

    Raises
    ------
    AccountingError
        FW301 a negative price, a rate outside 0 to 1.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(price_after_markdown(48, 0.25))
    36.0
    """
    return non_negative("price", price) * (1.0 - rate("markdown rate", markdown_rate))


@cites("Retail ratios")
def markdown_rate_of_ticket(ticket_price: Numbers, new_price: Numbers) -> Floats:
    """Markdown as a part of the *ticket*: ``(ticket - new) / ticket``.

    Parameters
    ----------
    ticket_price, new_price
        Currency; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of the ticket; NaN for a ticket of zero.

    Raises
    ------
    AccountingError
        FW301 a negative price.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(markdown_rate_of_ticket(48, 36))
    0.25
    """
    ticket = non_negative_divisor("ticket price", ticket_price)
    return (ticket - non_negative("new price", new_price)) / ticket


@cites("Retail ratios")
def markdown_rate_of_new_price(ticket_price: Numbers, new_price: Numbers) -> Floats:
    """Markdown as a part of the *new* price: ``(ticket - new) / new``.

    Parameters
    ----------
    ticket_price, new_price
        Currency; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of the new price; NaN for a new price of zero.

    Raises
    ------
    AccountingError
        FW301 a negative price.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(markdown_rate_of_new_price(48, 36)), 4)
    0.3333
    """
    new = non_negative_divisor("new price", new_price)
    return (non_negative("ticket price", ticket_price) - new) / new


@cites("Retail ratios")
def markdown_rate_of_sales(markdowns: Numbers, net_sales: Numbers) -> Floats:
    """Markdowns of a period as a part of its *net sales*.

    Parameters
    ----------
    markdowns
        Net of cancellations, currency.
    net_sales
        Currency; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of net sales; NaN without sales. May exceed 1 in a clearance.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> float(markdown_rate_of_sales(5000, 40000))
    0.125
    """
    return non_negative("markdowns", markdowns) / non_negative_divisor("net sales", net_sales)


@cites("Retail ratios")
def margin_rate_before_markdown(
    markdown_rate: Numbers, margin_rate_after_markdown: Numbers
) -> Floats:
    """Margin on the *original* price, from the margin left on the *marked-down* price.

    ``1 - (1 - markdown) x (1 - margin after)``

    Parameters
    ----------
    markdown_rate
        Part of the original price, 0 to 1.
    margin_rate_after_markdown
        Part of the marked-down price, at most 1; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of the original price.

    Raises
    ------
    AccountingError
        FW301 a markdown outside 0 to 1, a margin above 1.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(margin_rate_before_markdown(0.30, 0.20)), 4)
    0.44
    """
    after = at_most_one("margin rate after markdown", margin_rate_after_markdown)
    return 1.0 - (1.0 - rate("markdown rate", markdown_rate)) * (1.0 - after)


@cites("Retail ratios")
def margin_rate_after_markdown(
    markdown_rate: Numbers, margin_rate_before_markdown: Numbers
) -> Floats:
    """Margin left on the *marked-down* price, from the margin on the *original* price.

    ``1 - (1 - margin before) / (1 - markdown)``

    Parameters
    ----------
    markdown_rate
        Part of the original price, 0 to below 1.
    margin_rate_before_markdown
        Part of the original price, at most 1; shapes broadcast.

    Returns
    -------
    ndarray
        Rate of the marked-down price; negative where it is below cost.

    Raises
    ------
    AccountingError
        FW301 a markdown outside 0 to below 1, a margin above 1.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> round(float(margin_rate_after_markdown(0.30, 0.44)), 4)
    0.2
    """
    before = at_most_one("margin rate before markdown", margin_rate_before_markdown)
    return 1.0 - (1.0 - before) / (1.0 - share("markdown rate", markdown_rate))


@cites("IAS 2.6", "ASC 330-10-20 Net Realizable Value")
def breakeven_price(
    unit_cost: Numbers,
    cost_to_complete: Numbers = 0.0,
    cost_to_sell: Numbers = 0.0,
    cost_to_sell_rate: Numbers = 0.0,
) -> Floats:
    """Find the gross price at which NRV equals cost: below it there is a write-down.

    ``(cost + cost to complete + cost to sell) / (1 - cost to sell rate)``

    Parameters
    ----------
    unit_cost, cost_to_complete, cost_to_sell
        Currency per unit; shapes broadcast.
    cost_to_sell_rate
        Part of the price, 0 to below 1.

    Returns
    -------
    ndarray
        Currency per unit.

    Raises
    ------
    AccountingError
        FW301 a negative cost, a rate outside 0 to below 1.

    Notes
    -----
    Citation: IAS 2.6; ASC 330-10-20 Net Realizable Value.

    Examples
    --------
    >>> round(float(breakeven_price(34, cost_to_sell_rate=0.08)), 2)
    36.96
    """
    costs = total(
        ("unit cost", unit_cost),
        ("cost to complete", cost_to_complete),
        ("cost to sell", cost_to_sell),
    )
    return costs / (1.0 - share("cost to sell rate", cost_to_sell_rate))
