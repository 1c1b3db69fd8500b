"""Unit of account: what is compared with cost, item by item or in a group that has a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow, Framework

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "Grouped",
    "Grouping",
    "UnitOfAccount",
    "balanced_units",
    "permit_grouping",
    "value_by_group",
    "value_by_item",
    "value_by_total",
]


class UnitOfAccount(StrEnum):
    """What the lower-of test is applied to."""

    ITEM = "item"
    CATEGORY = "category"
    POOL = "LIFO pool"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Grouping:
    """A chosen unit of account with what must be stored beside it.

    Parameters
    ----------
    unit_of_account
        What is compared.
    reason
        Why it reflects periodic income most clearly; needed for anything but item.
    prior
        Last year's unit of account; ``None`` in the first year.
    same_line_purpose_market
        Stated: the items of a group share product line, purpose and market and cannot be judged
        apart (what IFRS and FRS 102 ask of a group).
    balanced
        Stated: balanced quantities are given (what a comparison in total asks).
    """

    unit_of_account: UnitOfAccount
    reason: str = ""
    prior: UnitOfAccount | None = None
    same_line_purpose_market: bool = False
    balanced: bool = False


@dataclass(frozen=True, eq=False)
class Grouped:
    """What a unit of account gives, in currency.

    Parameters
    ----------
    cost, nrv, value, write_down
        By group (by item where items are compared): cost; NRV, no item below zero; carrying
        value; and cost less value.
    """

    cost: Floats
    nrv: Floats
    value: Floats
    write_down: Floats

    @property
    def total_cost(self) -> float:
        """Cost of all groups."""
        return float(self.cost.sum())

    @property
    def total_nrv(self) -> float:
        """NRV of all groups."""
        return float(self.nrv.sum())

    @property
    def total_value(self) -> float:
        """Carrying value of all groups."""
        return float(self.value.sum())

    @property
    def total_write_down(self) -> float:
        """Write-down of all groups."""
        return float(self.write_down.sum())


def _extend(units: Numbers, unit_cost: Numbers, nrv: Numbers) -> tuple[Floats, Floats, Floats]:
    count, cost, realizable = np.broadcast_arrays(
        np.atleast_1d(floats(units)), floats(unit_cost), floats(nrv)
    )
    refuse_negative(count, "units", "FW111")
    refuse_negative(cost, "unit cost", "FW110", "IAS 2.9")
    return count, cost, np.maximum(realizable, 0.0)


def _compare(cost: Floats, nrv: Floats) -> Grouped:
    value = np.minimum(cost, nrv)
    return Grouped(cost, nrv, value, cost - value)


@cites("ASC 330-10-35-8", "ASC 330-10-35-9", "IAS 2.29")
def value_by_item(units: Numbers, unit_cost: Numbers, nrv: Numbers) -> Grouped:
    """Compare item by item: the default everywhere.

    Parameters
    ----------
    units
        Units on hand, shape ``(n,)``.
    unit_cost, nrv
        Currency per unit (``nrv`` is market where LCM applies); shapes broadcast.

    Returns
    -------
    Grouped
        A place per item; NaN where unknown.

    Raises
    ------
    AccountingError
        FW111 for negative units, FW110 for a negative unit cost.

    Notes
    -----
    Citation: ASC 330-10-35-8, 35-9; IAS 2.29.

    Examples
    --------
    >>> value_by_item([100, 200], [5, 10], [5.5, 9]).total_write_down
    200.0
    """
    count, cost, realizable = _extend(units, unit_cost, nrv)
    return _compare(count * cost, count * realizable)


@cites("ASC 330-10-35-8", "ASC 330-10-35-10", "ASC 330-10-35-11", "IAS 2.29")
def value_by_group(
    units: Numbers,
    unit_cost: Numbers,
    nrv: Numbers,
    group: ArrayLike,
    grouped_units: Numbers | None = None,
) -> Grouped:
    """Compare by group: a category, a LIFO pool, one product line.

    Parameters
    ----------
    units, unit_cost, nrv
        As in :func:`value_by_item`.
    group
        The group of each item, shape ``(n,)``: anything sortable.
    grouped_units
        Units that take part in the group's comparison (balanced, not excess, not obsolete); the
        rest are valued item by item. All, where not given.

    Returns
    -------
    Grouped
        A place per group in sorted order; the units left out of the comparison are in their
        group's figures, each at its own lower of cost and NRV.

    Raises
    ------
    AccountingError
        FW111 for negative units, or more grouped units than there are; FW110 for a negative
        unit cost.

    Notes
    -----
    An item's NRV below zero counts as zero: the excess is a liability, not negative stock that
    would lower its group. Citation: ASC 330-10-35-8, 35-10, 35-11; IAS 2.29.

    Examples
    --------
    >>> tools = value_by_group([100, 200, 300], [5, 10, 2], [5.5, 9, 2.6], ["t", "t", "t"])
    >>> tools.write_down.tolist()
    [0.0]
    """
    count, cost, realizable = _extend(units, unit_cost, nrv)
    inside = count if grouped_units is None else np.broadcast_to(floats(grouped_units), count.shape)
    refuse_negative(inside, "grouped units", "FW111")
    if np.any(inside > count):
        raise AccountingError("FW111", "more units are grouped than are on hand")
    _, place = np.unique(np.asarray(group).reshape(-1), return_inverse=True)
    if place.shape != count.shape:
        raise AccountingError("FW111", "a group is given for each item")

    def by_group(money: Floats) -> Floats:
        summed: Floats = np.bincount(place, weights=money).astype(np.float64)
        return summed

    together = _compare(by_group(inside * cost), by_group(inside * realizable))
    alone = _compare((count - inside) * cost, (count - inside) * realizable)
    return Grouped(
        together.cost + by_group(alone.cost),
        together.nrv + by_group(alone.nrv),
        together.value + by_group(alone.value),
        together.write_down + by_group(alone.write_down),
    )


@cites("ASC 330-10-35-8", "ASC 330-10-35-11")
def value_by_total(
    units: Numbers, unit_cost: Numbers, nrv: Numbers, balanced: Numbers | None = None
) -> Grouped:
    """Compare in total; the excess over balanced quantities item by item.

    Parameters
    ----------
    units, unit_cost, nrv
        As in :func:`value_by_item`.
    balanced
        Units of each item that make whole finished products (:func:`balanced_units`); all,
        where not given.

    Returns
    -------
    Grouped
        One place.

    Raises
    ------
    AccountingError
        As in :func:`value_by_group`.

    Notes
    -----
    Citation: ASC 330-10-35-8, 35-11.

    Examples
    --------
    >>> value_by_total([100, 200], [5, 10], [5.5, 9]).total_write_down
    150.0
    >>> value_by_total([100, 200], [5, 10], [5.5, 9], balanced=[100, 100]).total_write_down
    150.0
    """
    count = np.atleast_1d(floats(units))
    return value_by_group(count, unit_cost, nrv, np.zeros(count.shape, dtype=np.int8), balanced)


@cites("ASC 330-10-35-11")
def balanced_units(units: Numbers, units_per_product: Numbers) -> tuple[Floats, float]:
    """Find the units of each part that make whole finished products (kits).

    Parameters
    ----------
    units
        Units on hand of each part, shape ``(n,)``.
    units_per_product
        Units of each part in one finished product, above zero; broadcasts.

    Returns
    -------
    tuple
        Balanced units of each part, shape ``(n,)``, and how many whole products they make; NaN
        where any part is unknown.

    Raises
    ------
    AccountingError
        FW111 for negative units or a part of which a product needs none.

    Notes
    -----
    Citation: ASC 330-10-35-11.

    Examples
    --------
    >>> parts, products = balanced_units([100, 90, 500], [1, 1, 4])
    >>> parts.tolist(), products
    ([90.0, 90.0, 360.0], 90.0)
    """
    count, needed = np.broadcast_arrays(np.atleast_1d(floats(units)), floats(units_per_product))
    refuse_negative(count, "units", "FW111")
    if np.any(needed <= 0.0):
        raise AccountingError("FW111", "a product needs none of one of its parts")
    products = float(np.floor(count / needed).min()) if count.size else 0.0
    return products * needed, products


@cites("ASC 330-10-35-8", "ASC 330-10-35-10", "ASC 330-10-35-11", "IAS 2.29", "FRS 102 27.3")
def permit_grouping(
    framework: Framework | str, cost_flow: CostFlow | str, grouping: Grouping
) -> UnitOfAccount:
    """Permit a unit of account, or refuse it with its paragraph.

    Parameters
    ----------
    framework, cost_flow
        :class:`~invval_xl.terms.Framework` and :class:`~invval_xl.terms.CostFlow`, or their
        words.
    grouping
        The choice and what is stored beside it.

    Returns
    -------
    UnitOfAccount
        The one permitted.

    Raises
    ------
    AccountingError
        FW106: a group IFRS or FRS 102 does not know (all inventory; unlike items). FW107: no
        reason stored. FW108: changed from last year. FW109: in total without balanced
        quantities. FW116: LIFO pools without LIFO, or a word that is no framework or method.

    Notes
    -----
    Citation: ASC 330-10-35-8, 35-10, 35-11; IAS 2.29; FRS 102 27.3.

    Examples
    --------
    >>> permit_grouping("ifrs", "fifo", Grouping(UnitOfAccount.TOTAL, "simpler"))
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: under IFRS items are not grouped by total (IAS 2.29)
    """
    try:
        rules, flow = Framework(framework), CostFlow(cost_flow)
    except ValueError:
        raise AccountingError(
            "FW116", f"'{framework}' with '{cost_flow}' is no framework with a cost method"
        ) from None
    chosen = grouping.unit_of_account
    american = rules is Framework.US_GAAP
    if grouping.prior is not None and grouping.prior is not chosen:
        raise AccountingError(
            "FW108",
            f"grouped by {chosen}; last year by {grouping.prior}",
            "ASC 330-10-35-11" if american else "IAS 8.13",
        )
    if chosen is UnitOfAccount.ITEM:
        return chosen
    if chosen is UnitOfAccount.POOL and not (american and flow is CostFlow.LIFO):
        raise AccountingError("FW116", "LIFO pools exist only with LIFO under US GAAP")
    if not american and (chosen is UnitOfAccount.TOTAL or not grouping.same_line_purpose_market):
        paragraph = "IAS 2.29" if rules is Framework.IFRS else "FRS 102 27.3"
        raise AccountingError(
            "FW106", f"under {rules.label} items are not grouped by {chosen}", paragraph
        )
    if not grouping.reason.strip():
        raise AccountingError(
            "FW107",
            f"grouped by {chosen} and no reason is stored",
            "ASC 330-10-35-8" if american else "IAS 2.29",
        )
    if chosen is UnitOfAccount.TOTAL and not grouping.balanced:
        raise AccountingError(
            "FW109", "compared in total without balanced quantities", "ASC 330-10-35-11"
        )
    return chosen
