"""The gross profit method: ending inventory, or a loss, estimated from sales and a usual margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative, share, total
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from invval_xl.accounting.arrays import Floats

__all__ = ["GrossProfitEstimate", "gross_profit_method"]

OVERSOLD = "FW307"


@dataclass(frozen=True, slots=True)
class GrossProfitEstimate:
    """An estimate for interim reports and insurance claims, not for annual statements.

    Parameters
    ----------
    available_cost, cogs, ending_cost
        Currency.
    """

    available_cost: Floats
    cogs: Floats
    ending_cost: Floats

    def loss(self, salvaged_cost: ArrayLike = 0.0, salvage_value: ArrayLike = 0.0) -> Floats:
        """Casualty loss: ending inventory less goods unhurt at cost and what damaged ones fetch."""
        unhurt = non_negative("salvaged cost", salvaged_cost)
        return self.ending_cost - unhurt - non_negative("salvage value", salvage_value)


@cites("ASC 270-10-45-6")
def gross_profit_method(
    beginning_cost: ArrayLike,
    purchases_cost: ArrayLike,
    net_sales: ArrayLike,
    *,
    gross_margin_rate: ArrayLike | None = None,
    markup_on_cost_rate: ArrayLike | None = None,
    freight_in_cost: ArrayLike = 0.0,
    purchase_returns_cost: ArrayLike = 0.0,
    purchase_discounts_cost: ArrayLike = 0.0,
    vendor_allowances_cost: ArrayLike = 0.0,
    sales_returns: ArrayLike = 0.0,
) -> GrossProfitEstimate:
    """Estimate ending inventory: goods available less sales at cost.

    Parameters
    ----------
    beginning_cost, purchases_cost
        Currency; purchases gross of the deductions below.
    net_sales
        Currency, before ``sales_returns`` where those are given apart.
    gross_margin_rate
        Usual gross margin as a part of *sales*, 0 to below 1.
    markup_on_cost_rate
        Or: usual markup as a part of *cost*, 0 and up. One of the two.
    freight_in_cost, purchase_returns_cost, purchase_discounts_cost, vendor_allowances_cost
        Currency, at cost.
    sales_returns
        Currency, at selling price.

    Returns
    -------
    GrossProfitEstimate
        Currency, broadcast shape.

    Raises
    ------
    AccountingError
        FW301 a negative figure or a margin of 1 and more; FW307 more sold than was available.
    TypeError
        Where neither or both of the two rates are given.

    Notes
    -----
    Citation: ASC 270-10-45-6.

    Examples
    --------
    >>> float(gross_profit_method(60000, 200000, 280000, gross_margin_rate=0.3).ending_cost)
    64000.0
    >>> float(gross_profit_method(60000, 200000, 280000, markup_on_cost_rate=0.4).ending_cost)
    60000.0
    """
    sold = non_negative("net sales", net_sales) - non_negative("sales returns", sales_returns)
    if gross_margin_rate is not None and markup_on_cost_rate is None:
        cogs = sold * (1.0 - share("gross margin rate", gross_margin_rate))
    elif markup_on_cost_rate is not None and gross_margin_rate is None:
        cogs = sold / (1.0 + non_negative("markup on cost rate", markup_on_cost_rate))
    else:
        msg = "give gross_margin_rate (of sales) or markup_on_cost_rate (of cost), one of the two"
        raise TypeError(msg)
    available = total(
        ("beginning cost", beginning_cost),
        ("purchases cost", purchases_cost),
        ("freight-in", freight_in_cost),
    ) - total(
        ("purchase returns", purchase_returns_cost),
        ("purchase discounts", purchase_discounts_cost),
        ("vendor allowances", vendor_allowances_cost),
    )
    ending_cost = available - cogs
    if np.any(ending_cost < -1e-12 * np.maximum(np.abs(available), 1.0)):
        raise AccountingError(
            OVERSOLD, f"sales at cost exceed the goods available by {-float(np.min(ending_cost)):g}"
        )
    return GrossProfitEstimate(
        available_cost=available, cogs=cogs, ending_cost=np.maximum(ending_cost, 0.0)
    )
