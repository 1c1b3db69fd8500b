"""Standard cost: inventory at standard, differences as variances, prorated where they matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative
from invval_xl.accounting.arrays import Floats, floats
from invval_xl.accounting.citing import cites

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "Proration",
    "StandardCost",
    "efficiency_variance",
    "price_variance",
    "prorate_variance",
    "standard_cost",
    "usage_variance",
]


@dataclass(frozen=True, slots=True)
class StandardCost:
    """A period at standard.

    Parameters
    ----------
    cogs, ending_cost
        At standard, currency.
    purchase_price_variance
        Actual less standard cost of purchases, currency; positive is unfavourable.
    revaluation
        Opening stock at the new standard less at the old, currency.
    """

    cogs: Floats
    ending_cost: Floats
    purchase_price_variance: Floats
    revaluation: Floats


@dataclass(frozen=True, slots=True)
class Proration:
    """A variance shared between goods sold and goods on hand, currency."""

    to_cogs: Floats
    to_ending: Floats


@cites("IAS 2.21", "ASC 330-10-30-12")
def price_variance(
    actual_units: ArrayLike, actual_unit_cost: ArrayLike, standard_unit_cost: ArrayLike
) -> Floats:
    """Purchase price (or rate) variance: (actual - standard unit cost) x actual units.

    Parameters
    ----------
    actual_units
        Units purchased (or hours worked).
    actual_unit_cost, standard_unit_cost
        Currency per unit (or per hour).

    Returns
    -------
    ndarray
        Currency, positive unfavourable. Broadcast shape.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: IAS 2.21; ASC 330-10-30-12.

    Examples
    --------
    >>> round(float(price_variance(1000, 5.20, 5.00)), 2)
    200.0
    """
    difference = non_negative("actual unit cost", actual_unit_cost) - non_negative(
        "standard unit cost", standard_unit_cost
    )
    return non_negative("actual units", actual_units) * difference


@cites("IAS 2.21", "ASC 330-10-30-12")
def usage_variance(
    actual_units: ArrayLike, standard_units: ArrayLike, standard_unit_cost: ArrayLike
) -> Floats:
    """Quantity (usage) variance: (actual - standard units) x standard unit cost.

    Parameters
    ----------
    actual_units, standard_units
        Units used, and units allowed for what was made.
    standard_unit_cost
        Currency per unit.

    Returns
    -------
    ndarray
        Currency, positive unfavourable. Broadcast shape.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: IAS 2.21; ASC 330-10-30-12.

    Examples
    --------
    >>> float(usage_variance(1050, 1000, 5))
    250.0
    """
    difference = non_negative("actual units", actual_units) - non_negative(
        "standard units", standard_units
    )
    return difference * non_negative("standard unit cost", standard_unit_cost)


@cites("IAS 2.21", "ASC 330-10-30-12")
def efficiency_variance(
    actual_hours: ArrayLike, standard_hours: ArrayLike, standard_hourly_cost: ArrayLike
) -> Floats:
    """Labour efficiency variance: (actual - standard hours) x standard hourly cost.

    Parameters
    ----------
    actual_hours, standard_hours
        Hours worked, and hours allowed for what was made.
    standard_hourly_cost
        Currency per hour.

    Returns
    -------
    ndarray
        Currency, positive unfavourable. Broadcast shape.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: IAS 2.21; ASC 330-10-30-12.

    Examples
    --------
    >>> float(efficiency_variance(210, 200, 18))
    180.0
    """
    return usage_variance(actual_hours, standard_hours, standard_hourly_cost)


@cites("IAS 2.21", "ASC 330-10-30-12")
def standard_cost(
    bop_units: ArrayLike,
    purchased_units: ArrayLike,
    purchases_cost: ArrayLike,
    units_on_hand: ArrayLike,
    standard_unit_cost: ArrayLike,
    *,
    prior_standard_unit_cost: ArrayLike | None = None,
) -> StandardCost:
    """Cost of goods sold and ending inventory at standard, with the purchase price variance.

    Parameters
    ----------
    bop_units, purchased_units, units_on_hand
        Units at the beginning, bought, and left.
    purchases_cost
        Actual cost of the purchases, currency.
    standard_unit_cost
        This period's standard, currency per unit.
    prior_standard_unit_cost
        The standard the opening stock is carried at; this period's where omitted. The difference is
        the revaluation of the opening stock.

    Returns
    -------
    StandardCost
        Opening at the prior standard + revaluation + actual purchases
        = COGS + ending + price variance.

    Raises
    ------
    AccountingError
        FW301 a negative figure, or more on hand than there was.

    Notes
    -----
    Citation: IAS 2.21; ASC 330-10-30-12.

    Examples
    --------
    >>> period = standard_cost(100, 900, 4680, 150, 5.00)
    >>> float(period.cogs), float(period.ending_cost), float(period.purchase_price_variance)
    (4250.0, 750.0, 180.0)
    """
    opening = non_negative("BOP units", bop_units)
    bought = non_negative("purchased units", purchased_units)
    on_hand = non_negative("units on hand", units_on_hand)
    standard = non_negative("standard unit cost", standard_unit_cost)
    prior = (
        standard
        if prior_standard_unit_cost is None
        else non_negative("prior standard unit cost", prior_standard_unit_cost)
    )
    sold = non_negative("units sold", opening + bought - on_hand)
    return StandardCost(
        cogs=sold * standard,
        ending_cost=on_hand * standard,
        purchase_price_variance=non_negative("purchases cost", purchases_cost) - bought * standard,
        revaluation=opening * (standard - prior),
    )


@cites("IAS 2.21", "ASC 330-10-30-12")
def prorate_variance(variance: ArrayLike, cogs: ArrayLike, ending_cost: ArrayLike) -> Proration:
    """Share a variance between goods sold and goods on hand, by their cost at standard.

    Standards approximate actual cost only where the variances are small; larger ones are prorated
    so that inventory stands at actual cost. Abnormal inefficiency is expensed and not prorated.

    Parameters
    ----------
    variance
        Currency, positive unfavourable.
    cogs, ending_cost
        At standard, currency.

    Returns
    -------
    Proration
        The two parts add up to the variance; NaN where there is neither COGS nor inventory.

    Raises
    ------
    AccountingError
        FW301 a negative cost.

    Notes
    -----
    Citation: IAS 2.21; ASC 330-10-30-12.

    Examples
    --------
    >>> shared = prorate_variance(180, 4250, 750)
    >>> float(shared.to_cogs), float(shared.to_ending)
    (153.0, 27.0)
    """
    sold, held = non_negative("COGS", cogs), non_negative("ending cost", ending_cost)
    base = sold + held
    to_ending = floats(variance) * held / np.where(base == 0, np.nan, base)
    return Proration(to_cogs=floats(variance) - to_ending, to_ending=to_ending)
