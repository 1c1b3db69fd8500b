"""The retail inventory method: cost estimated through the ratio of cost to retail.

Goods at retail are kept by ticket. The six variants (accounting.md B4) differ in what the ratio is
taken over: with or without beginning inventory, with or without net markdowns. Every argument has
its place above or below the ratio line; a figure a textbook nets beforehand may be given net
(``markups_retail`` net of cancellations), and one it lists apart has its own argument. The sixth,
dollar-value LIFO, carries layers over years: :mod:`invval_xl.accounting.dollar_value_lifo`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative, per, total
from invval_xl.accounting.arrays import floats
from invval_xl.accounting.citing import cites
from invval_xl.accounting.dollar_value_lifo import dollar_value_lifo_retail
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from invval_xl.accounting.arrays import Floats

__all__ = [
    "RetailInventory",
    "RetailVariant",
    "cost_to_retail_ratio",
    "retail_ending",
    "retail_inventory",
]

NO_SUCH_VARIANT = "FW306"
OVERSOLD = "FW307"


class RetailVariant(StrEnum):
    """Which cost-to-retail ratio, and with it which cost flow, is approximated."""

    CONVENTIONAL = "conventional"
    AVERAGE = "average"
    FIFO = "fifo"
    FIFO_LCM = "fifo lcm"
    LIFO = "lifo"

    @classmethod
    def named(cls, name: RetailVariant | str) -> RetailVariant:
        """Read a variant by its value; "lcm", "average cost", "fifo_lcm" and the like are accepted.

        Raises
        ------
        AccountingError
            FW306 no such variant.
        """
        word = " ".join(str(name).lower().replace("_", " ").replace("-", " ").split())
        word = word.removesuffix(" cost").removesuffix(" retail")
        word = {"lcm": "conventional", "average lcm": "conventional"}.get(word, word)
        try:
            return cls(word)
        except ValueError:
            known = ", ".join(f'"{member.value}"' for member in cls)
            raise AccountingError(
                NO_SUCH_VARIANT, f'retail method variant "{name}" is not one of {known}'
            ) from None


@dataclass(frozen=True, slots=True)
class RetailInventory:
    """Goods available and left, at cost and at retail, with the pieces every ratio is made of.

    Parameters
    ----------
    beginning_cost, beginning_retail
        Opening inventory, currency.
    available_cost
        ``C``: cost of goods available for sale.
    available_retail
        ``R0``: retail of goods available, with net markups, before net markdowns.
    net_markdowns_retail
        ``N``: markdowns less cancellations.
    ending_retail
        ``EIr``: what is left at retail.
    """

    beginning_cost: Floats
    beginning_retail: Floats
    available_cost: Floats
    available_retail: Floats
    net_markdowns_retail: Floats
    ending_retail: Floats

    @property
    def added_cost(self) -> Floats:
        """``C - BIc``: cost of what was added in the period."""
        return self.available_cost - self.beginning_cost

    @property
    def cumulative_markon_rate(self) -> Floats:
        """``1 - C / R0``."""
        return 1.0 - per(self.available_cost, self.available_retail)

    def ratio(self, variant: RetailVariant | str) -> Floats:
        """Cost-to-retail ratio of the variant; under LIFO that of the newly added layer."""
        chosen = RetailVariant.named(variant)
        if chosen is RetailVariant.CONVENTIONAL:
            return per(self.available_cost, self.available_retail)
        after_markdowns = self.available_retail - self.net_markdowns_retail
        if chosen is RetailVariant.AVERAGE:
            return per(self.available_cost, after_markdowns)
        if chosen is RetailVariant.FIFO_LCM:
            return per(self.added_cost, self.available_retail - self.beginning_retail)
        return per(self.added_cost, after_markdowns - self.beginning_retail)

    def ending_cost(self, variant: RetailVariant | str) -> Floats:
        """Value what is left: ending retail x ratio; LIFO keeps the opening layer."""
        chosen = RetailVariant.named(variant)
        ratio = self.ratio(chosen)
        if chosen in {RetailVariant.CONVENTIONAL, RetailVariant.AVERAGE}:
            return self.ending_retail * ratio
        opening_ratio = per(self.beginning_cost, self.beginning_retail)
        if chosen is RetailVariant.LIFO:
            grown = self.ending_retail - self.beginning_retail
            # No opening stock: the whole is one new layer.
            base = np.where(self.beginning_retail == 0, 0.0, self.beginning_cost)
            kept = np.where(
                self.beginning_retail == 0,
                self.ending_retail * ratio,
                self.ending_retail * opening_ratio,
            )
            # Unchanged stock needs no new layer, and so no ratio of one.
            new_layer = np.where(grown == 0, 0.0, grown * ratio)
            return np.where(grown >= 0, base + new_layer, kept)[()]
        return self.ending_retail * ratio

    def ending_dollar_value_lifo(
        self, price_index: ArrayLike, *, base_index: ArrayLike = 1.0
    ) -> Floats:
        """Value what is left by dollar-value LIFO, the opening stock being the base layer.

        One year only; layers of several years go through
        :func:`~invval_xl.accounting.dollar_value_lifo.dollar_value_lifo_retail`.
        """
        year = dollar_value_lifo_retail(
            self.beginning_cost,
            self.beginning_retail,
            np.asarray(self.ending_retail)[None],
            np.broadcast_to(floats(price_index), np.shape(self.ending_retail))[None],
            np.asarray(self.ratio(RetailVariant.LIFO))[None],
            base_index=base_index,
        )
        ending: Floats = year.ending_cost[0]
        return ending

    def cogs(self, variant: RetailVariant | str) -> Floats:
        """Cost of goods available less ending inventory: cost of sales, with shrink, currency."""
        return self.available_cost - self.ending_cost(variant)


@cites("ASC 330-10-30-13", "IAS 2.22")
def retail_inventory(
    beginning_cost: ArrayLike,
    beginning_retail: ArrayLike,
    purchases_cost: ArrayLike,
    purchases_retail: ArrayLike,
    sales_retail: ArrayLike,
    *,
    freight_in_cost: ArrayLike = 0.0,
    purchase_returns_cost: ArrayLike = 0.0,
    purchase_returns_retail: ArrayLike = 0.0,
    purchase_discounts_cost: ArrayLike = 0.0,
    vendor_allowances_cost: ArrayLike = 0.0,
    transfers_in_cost: ArrayLike = 0.0,
    transfers_in_retail: ArrayLike = 0.0,
    transfers_out_cost: ArrayLike = 0.0,
    transfers_out_retail: ArrayLike = 0.0,
    abnormal_loss_cost: ArrayLike = 0.0,
    abnormal_loss_retail: ArrayLike = 0.0,
    markups_retail: ArrayLike = 0.0,
    markup_cancellations_retail: ArrayLike = 0.0,
    markdowns_retail: ArrayLike = 0.0,
    markdown_cancellations_retail: ArrayLike = 0.0,
    sales_returns_retail: ArrayLike = 0.0,
    employee_discounts_retail: ArrayLike = 0.0,
    normal_shrink_retail: ArrayLike = 0.0,
) -> RetailInventory:
    """Gather a period's goods at cost and at retail, each figure above or below the ratio line.

    Parameters
    ----------
    beginning_cost, beginning_retail, purchases_cost, purchases_retail
        Opening inventory and gross purchases, currency.
    sales_retail
        Gross sales at the price paid, currency, before sales returns. Sales discounts and
        allowances are not deducted: they do not change the goods at ticket.
    freight_in_cost
        Freight and duty on purchases, currency; cost only.
    purchase_returns_cost, purchase_returns_retail
        Goods sent back, both columns.
    purchase_discounts_cost, vendor_allowances_cost
        Cost only.
    transfers_in_cost, transfers_in_retail, transfers_out_cost, transfers_out_retail
        Between departments or stores, both columns.
    abnormal_loss_cost, abnormal_loss_retail
        Fire, theft, unusual spoilage: taken out above the line, in both columns, so that it does
        not bend the ratio.
    markups_retail, markup_cancellations_retail
        Additional markups; the net figure may be given as ``markups_retail``.
    markdowns_retail, markdown_cancellations_retail
        Markdowns; the net figure may be given as ``markdowns_retail``.
    sales_returns_retail
        Customer returns at retail, added back.
    employee_discounts_retail, normal_shrink_retail
        Below the line: they reduce the goods at retail and leave the ratio alone.

    Returns
    -------
    RetailInventory
        Shapes broadcast. Ask it for :meth:`~RetailInventory.ratio`,
        :meth:`~RetailInventory.ending_cost` and :meth:`~RetailInventory.cogs` by variant.

    Raises
    ------
    AccountingError
        FW301 a negative figure; FW307 more sold at retail than was available.

    Notes
    -----
    Citation: ASC 330-10-30-13; IAS 2.22.

    Examples
    --------
    >>> goods = retail_inventory(35000, 50000, 19120, 31600, 32000,
    ...                          markups_retail=1200, markdowns_retail=800)
    >>> float(goods.ending_retail), float(goods.ratio("average"))
    (50000.0, 0.66)
    >>> float(goods.ending_cost("average"))
    33000.0
    """
    available_cost = total(
        ("beginning cost", beginning_cost),
        ("purchases cost", purchases_cost),
        ("freight-in", freight_in_cost),
        ("transfers-in cost", transfers_in_cost),
    ) - total(
        ("purchase returns cost", purchase_returns_cost),
        ("purchase discounts", purchase_discounts_cost),
        ("vendor allowances", vendor_allowances_cost),
        ("transfers-out cost", transfers_out_cost),
        ("abnormal loss cost", abnormal_loss_cost),
    )
    available_retail = total(
        ("beginning retail", beginning_retail),
        ("purchases retail", purchases_retail),
        ("transfers-in retail", transfers_in_retail),
        ("markups", markups_retail),
    ) - total(
        ("purchase returns retail", purchase_returns_retail),
        ("transfers-out retail", transfers_out_retail),
        ("abnormal loss retail", abnormal_loss_retail),
        ("markup cancellations", markup_cancellations_retail),
    )
    net_markdowns = non_negative("markdowns", markdowns_retail) - non_negative(
        "markdown cancellations", markdown_cancellations_retail
    )
    gone = total(
        ("sales", sales_retail),
        ("employee discounts", employee_discounts_retail),
        ("normal shrink", normal_shrink_retail),
    )
    back = non_negative("sales returns", sales_returns_retail)
    ending_retail = available_retail - net_markdowns - gone + back
    worst = float(np.fmin.reduce(ending_retail, axis=None, initial=np.inf))
    if worst < 0 and np.any(ending_retail < -1e-12 * np.maximum(np.abs(available_retail), 1.0)):
        raise AccountingError(
            OVERSOLD,
            f"retail ends at {worst:g}; more left at retail than was available",
            "IAS 2.22",
        )
    return RetailInventory(
        beginning_cost=floats(beginning_cost),
        beginning_retail=floats(beginning_retail),
        available_cost=available_cost,
        available_retail=available_retail,
        net_markdowns_retail=net_markdowns,
        ending_retail=np.maximum(ending_retail, 0.0),
    )


@cites("ASC 330-10-30-13", "IAS 2.22")
def retail_ending(
    variant: RetailVariant | str,
    beginning_cost: ArrayLike,
    beginning_retail: ArrayLike,
    purchases_cost: ArrayLike,
    purchases_retail: ArrayLike,
    sales_retail: ArrayLike,
    **others: ArrayLike,
) -> Floats:
    """Estimate ending inventory at cost in one call: :func:`retail_inventory`, then the variant.

    Parameters
    ----------
    variant
        ``"conventional"``, ``"average"``, ``"fifo"``, ``"fifo lcm"`` or ``"lifo"``.
    beginning_cost, beginning_retail, purchases_cost, purchases_retail, sales_retail, **others
        As in :func:`retail_inventory`, currency.

    Returns
    -------
    ndarray
        Currency, broadcast shape; NaN where the ratio has no denominator.

    Raises
    ------
    AccountingError
        FW301, FW306, FW307.

    Notes
    -----
    Citation: ASC 330-10-30-13; IAS 2.22.

    Examples
    --------
    >>> round(float(retail_ending("conventional", 148740, 285000, 1359000, 2148000, 2209000,
    ...                           markups_retail=79900, markdowns_retail=27100)), 2)
    166080.0
    """
    goods = retail_inventory(
        beginning_cost, beginning_retail, purchases_cost, purchases_retail, sales_retail, **others
    )
    return goods.ending_cost(variant)


@cites("Treas. Reg. 1.471-8")
def cost_to_retail_ratio(cost: ArrayLike, retail: ArrayLike) -> Floats:
    """Cost complement of a pool of goods: cost over retail.

    Parameters
    ----------
    cost, retail
        The same goods in two valuations, currency.

    Returns
    -------
    ndarray
        Rate, broadcast shape; NaN where retail is zero.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Treas. Reg. 1.471-8.

    Examples
    --------
    >>> float(cost_to_retail_ratio(36, 60))
    0.6
    """
    return per(non_negative("cost", cost), non_negative("retail", retail))
