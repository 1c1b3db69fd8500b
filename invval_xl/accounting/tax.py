"""US tax differences of an inventory reserve (accounting.md A8): reported, never booked.

General reserves and percentage write-downs of excess stock are not deductible (Thor Power Tool).
What the regulations allow is goods actually offered below cost, article by article.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative, rate
from invval_xl.accounting.arrays import Floats, Numbers, floats
from invval_xl.accounting.citing import cites
from invval_xl.terms import CostFlow

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["TaxDifference", "allowed_write_down", "tax_difference"]

_OFFERED_WITHIN_DAYS = 30


@dataclass(frozen=True, slots=True)
class TaxDifference:
    """Information for the tax department, currency by item; :meth:`total` for the report's foot.

    Parameters
    ----------
    book_reserve
        The reserve in the books.
    tax_allowed
        The write-down the regulations allow.
    temporary_difference
        Book reserve less tax allowed: deductible later, on sale or scrapping.
    deferred_tax_asset
        The difference x tax rate, before any valuation allowance; NaN where no rate was given.
    """

    book_reserve: Floats
    tax_allowed: Floats
    temporary_difference: Floats
    deferred_tax_asset: Floats

    def total(self) -> tuple[float, float, float, float]:
        """Foot of the four columns, in their order."""
        return (
            float(np.sum(self.book_reserve)),
            float(np.sum(self.tax_allowed)),
            float(np.sum(self.temporary_difference)),
            float(np.sum(self.deferred_tax_asset)),
        )


@cites("Treas. Reg. 1.471-2", "Treas. Reg. 1.471-4", "IRC 472", "Thor Power Tool v. Commissioner")
def allowed_write_down(
    units: Numbers,
    unit_cost: Numbers,
    *,
    cost_method: CostFlow | str = CostFlow.FIFO,
    bid_price: Numbers = np.nan,
    subnormal: ArrayLike = False,
    offered_price: Numbers = np.nan,
    disposition_cost: Numbers = 0.0,
    days_until_offered: Numbers = np.nan,
    scrap_value: Numbers = 0.0,
) -> Floats:
    """Write-down of each article that US tax rules allow.

    Normal goods: cost over the bid price at the inventory date (1.471-4), where there is one.
    Subnormal goods (damaged, out of style, odd lots): cost over the bona fide selling price, less
    direct cost of disposition, if they were actually offered at it no later than 30 days after the
    inventory date; never below scrap value (1.471-2(c)). Goods on LIFO are at cost: nothing is
    allowed.

    Parameters
    ----------
    units
        Units.
    unit_cost
        Currency per unit, before any book write-down.
    cost_method
        ``"fifo"``, ``"average"``, ...; ``"lifo"`` allows nothing.
    bid_price
        Current bid (replacement) price per unit at the inventory date; NaN where none.
    subnormal
        Whether the goods are subnormal.
    offered_price, disposition_cost, scrap_value
        Currency per unit.
    days_until_offered
        Days from the inventory date to the actual offer, negative where it came before; NaN where
        never offered.
        Shapes broadcast.

    Returns
    -------
    ndarray
        Currency, from 0 to cost; zero where the evidence is not there.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Treas. Reg. 1.471-2; Treas. Reg. 1.471-4; IRC 472; Thor Power Tool v. Commissioner.

    Examples
    --------
    Excess stock still held at its old price; damaged goods offered at 12 after ten days:

    >>> allowed_write_down([889, 50], 34, subnormal=[False, True], offered_price=[52, 12],
    ...                    disposition_cost=1, days_until_offered=[0, 10]).tolist()
    [0.0, 1150.0]
    """
    held, cost = non_negative("units", units), non_negative("unit cost", unit_cost)
    offered = non_negative("offered price", offered_price) - non_negative(
        "disposition cost", disposition_cost
    )
    in_time = floats(days_until_offered) <= _OFFERED_WITHIN_DAYS
    value = np.where(
        np.asarray(subnormal, dtype=bool),
        np.where(
            in_time & ~np.isnan(offered),
            np.maximum(offered, non_negative("scrap value", scrap_value)),
            cost,
        ),
        np.where(np.isnan(floats(bid_price)), cost, non_negative("bid price", bid_price)),
    )
    allowed = held * np.maximum(cost - np.maximum(value, 0.0), 0.0)
    if CostFlow(str(cost_method).lower()) is CostFlow.LIFO:
        allowed = 0.0 * allowed
    return floats(allowed)[()]


@cites("Thor Power Tool v. Commissioner", "ASC 740-10-25-2")
def tax_difference(
    book_reserve: Numbers, tax_allowed: Numbers, *, tax_rate: Numbers = np.nan
) -> TaxDifference:
    """Compare the book reserve with the write-down that tax rules allow.

    Parameters
    ----------
    book_reserve, tax_allowed
        Currency by item; the second from :func:`allowed_write_down`.
    tax_rate
        Enacted rate, 0 to 1; NaN (no deferred tax shown) where omitted. Shapes broadcast.

    Returns
    -------
    TaxDifference
        Positive: deducted in the books before the return.

    Raises
    ------
    AccountingError
        FW301 a negative figure, a rate outside 0 to 1.

    Notes
    -----
    Citation: Thor Power Tool v. Commissioner; ASC 740-10-25-2.

    Examples
    --------
    >>> report = tax_difference([10597, 2000], [0, 1150], tax_rate=0.21)
    >>> report.temporary_difference.tolist(), report.deferred_tax_asset.round(2).tolist()
    ([10597.0, 850.0], [2225.37, 178.5])
    """
    booked = non_negative("book reserve", book_reserve)
    allowed = non_negative("tax-allowed write-down", tax_allowed)
    difference = booked - allowed
    return TaxDifference(
        book_reserve=booked,
        tax_allowed=allowed,
        temporary_difference=difference,
        deferred_tax_asset=difference * rate("tax rate", tax_rate),
    )
