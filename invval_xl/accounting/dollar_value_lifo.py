"""Dollar-value LIFO, at cost and at retail: an index, layers in base-year dollars, and peels.

Ending inventory is deflated to base-year dollars. A rise adds a layer that keeps its own index and
cost-to-retail ratio; a fall peels the newest layers first, and a peeled layer is gone for good: a
later rise is a new layer at the later year's index and ratio.

What is left of a year's layer at a later date lies between the base-year level before that year and
the lowest level from that year on, so layers need no stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative, per, positive
from invval_xl.accounting.arrays import floats
from invval_xl.accounting.citing import cites

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from invval_xl.accounting.arrays import Floats

__all__ = [
    "DollarValueLifo",
    "chain_index",
    "dollar_value_lifo",
    "dollar_value_lifo_retail",
    "double_extension_index",
]


@dataclass(frozen=True, slots=True)
class DollarValueLifo:
    """Year by year: base-year dollars, layers and cost.

    Parameters
    ----------
    ending_cost
        LIFO cost at each year end, currency. Shape: (years, ...).
    ending_base
        Ending inventory in base-year dollars. Shape: (years, ...).
    layers_base
        Base-year dollars left at year end (first axis) of each layer (second axis): the base layer,
        then year 1, year 2, ... Shape: (years, 1 + years, ...).
    layers_cost
        The same at LIFO cost; its sum over the layers is ``ending_cost``.
    added_base
        Change in base-year dollars: positive a new layer, negative a peel. Shape: (years, ...).
    """

    ending_cost: Floats
    ending_base: Floats
    layers_base: Floats
    layers_cost: Floats
    added_base: Floats


@cites("ASC 330-10-35-1C", "IRC 472", "Treas. Reg. 1.472-8")
def dollar_value_lifo_retail(
    base_cost: ArrayLike,
    base_retail: ArrayLike,
    ending_retail: ArrayLike,
    price_index: ArrayLike,
    cost_to_retail: ArrayLike,
    *,
    base_index: ArrayLike = 1.0,
) -> DollarValueLifo:
    """Dollar-value LIFO retail over any number of years.

    Parameters
    ----------
    base_cost, base_retail
        The base layer: inventory at the beginning of the first year, currency. Shape: (...).
    ending_retail
        Ending inventory at that year's retail prices, currency. Shape: (years, ...).
    price_index
        Index of each year, on the scale of ``base_index``. Shape: (years, ...) or (years,).
    cost_to_retail
        Ratio for a layer added in that year: the FIFO retail ratio, beginning inventory left out,
        net markups and net markdowns in. Shape as ``price_index``.
    base_index
        Index of the base layer: 1 for indices like 1.05, 100 for indices like 105.

    Returns
    -------
    DollarValueLifo
        NaN where a figure is unknown, from that year on.

    Raises
    ------
    AccountingError
        FW301 a negative figure, or an index of zero or below.

    Notes
    -----
    Citation: ASC 330-10-35-1C; IRC 472; Treas. Reg. 1.472-8.

    Examples
    --------
    A rise, a rise, a fall; base 40,000 at cost and 80,000 at retail:

    >>> years = dollar_value_lifo_retail(40000, 80000, [92400, 117600, 113400],
    ...                                  [1.10, 1.20, 1.26], [0.55, 0.60, 0.50])
    >>> years.ending_base.round(2).tolist()
    [84000.0, 98000.0, 90000.0]
    >>> years.ending_cost.round(2).tolist()
    [42420.0, 52500.0, 46740.0]
    """
    retail = np.atleast_1d(non_negative("ending retail", ending_retail))
    years = retail.shape[0]
    scale = positive("base index", base_index)
    index = _by_year(positive("price index", price_index), retail) / scale
    ratio = _by_year(non_negative("cost-to-retail ratio", cost_to_retail), retail)
    opening_cost = np.broadcast_to(non_negative("base cost", base_cost), retail.shape[1:])
    opening = np.broadcast_to(non_negative("base retail", base_retail), retail.shape[1:])

    base = retail / index
    level = np.concatenate((opening[None], base))
    floor_of_layer = np.concatenate((np.zeros_like(opening)[None], level[:-1]))
    # Base-year dollars x own index x own ratio; the base layer's index is 1.
    base_ratio = np.where(opening == 0, 0.0, per(opening_cost, opening))
    price = np.concatenate((base_ratio[None], index * ratio))

    layers_base = np.zeros((years, years + 1, *retail.shape[1:]))
    for year in range(years):
        known = slice(0, year + 2)
        lowest_since = np.minimum.accumulate(level[known][::-1], axis=0)[::-1]
        layers_base[year, known] = np.maximum(lowest_since - floor_of_layer[known], 0.0)
    # A layer that was never added, or is gone, costs nothing whatever its ratio may be.
    layers_cost = np.where(layers_base == 0, 0.0, layers_base * price[None])
    return DollarValueLifo(
        ending_cost=layers_cost.sum(axis=1),
        ending_base=base,
        layers_base=layers_base,
        layers_cost=layers_cost,
        added_base=np.diff(level, axis=0),
    )


def _by_year(figure: Floats, like: Floats) -> Floats:
    """``figure`` by year, repeated over the pools of ``like``."""
    if figure.ndim == 1 and like.ndim > 1:
        figure = figure.reshape((-1, *(1,) * (like.ndim - 1)))
    return np.broadcast_to(figure, like.shape)


@cites("ASC 330-10-35-1C", "IRC 472", "Treas. Reg. 1.472-8")
def dollar_value_lifo(
    base_cost: ArrayLike,
    ending_current_cost: ArrayLike,
    price_index: ArrayLike,
    *,
    base_index: ArrayLike = 1.0,
) -> DollarValueLifo:
    """Dollar-value LIFO of inventory kept at cost: layers at base-year cost x their own index.

    Parameters
    ----------
    base_cost
        Inventory at the beginning of the first year, at base-year cost, currency. Shape: (...).
    ending_current_cost
        Ending inventory at each year's current cost, currency. Shape: (years, ...).
    price_index, base_index
        As in :func:`dollar_value_lifo_retail`.

    Returns
    -------
    DollarValueLifo

    Raises
    ------
    AccountingError
        FW301 a negative figure, or an index of zero or below.

    Notes
    -----
    Citation: ASC 330-10-35-1C; IRC 472; Treas. Reg. 1.472-8.

    Examples
    --------
    >>> dollar_value_lifo(200000, [299000, 300000], [1.15, 1.20]).ending_cost.tolist()
    [269000.0, 257500.0]
    """
    return dollar_value_lifo_retail(
        base_cost,
        base_cost,
        ending_current_cost,
        price_index,
        np.ones_like(np.atleast_1d(non_negative("ending current cost", ending_current_cost))),
        base_index=base_index,
    )


@cites("Treas. Reg. 1.472-8")
def double_extension_index(
    units: ArrayLike, current_unit_cost: ArrayLike, base_unit_cost: ArrayLike
) -> Floats:
    """Index of a pool: its units at current unit cost over the same units at base-year unit cost.

    Parameters
    ----------
    units, current_unit_cost, base_unit_cost
        Units and currency per unit of each item. Shape: (..., items).

    Returns
    -------
    ndarray
        Index, 1 in the base year. Shape: (...). NaN where the pool has no base cost.

    Raises
    ------
    AccountingError
        FW301 a negative figure.

    Notes
    -----
    Citation: Treas. Reg. 1.472-8.

    Examples
    --------
    >>> float(double_extension_index([100, 200], [6, 11], [5, 10]))
    1.12
    """
    held = non_negative("units", units)
    current = non_negative("current unit cost", current_unit_cost)
    base = non_negative("base unit cost", base_unit_cost)
    return per((held * current).sum(axis=-1), (held * base).sum(axis=-1))


@cites("Treas. Reg. 1.472-8")
def chain_index(yearly_index: ArrayLike) -> Floats:
    """Cumulative index of a link-chain: the product of the yearly ones.

    Parameters
    ----------
    yearly_index
        Each year's index over the year before, e.g. 1.05. Shape: (years, ...).

    Returns
    -------
    ndarray
        Index over the base year. Shape: (years, ...).

    Raises
    ------
    AccountingError
        FW301 an index of zero or below.

    Notes
    -----
    Citation: Treas. Reg. 1.472-8.

    Examples
    --------
    >>> chain_index([1.10, 1.05]).round(4).tolist()
    [1.1, 1.155]
    """
    return floats(np.cumprod(positive("yearly index", yearly_index), axis=0))
