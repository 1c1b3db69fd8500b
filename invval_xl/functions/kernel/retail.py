"""One schedule of the retail method, cost beside retail, to the accounting functions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.dollar_value_lifo import dollar_value_lifo_retail
from invval_xl.accounting.retail_method import RetailInventory, RetailVariant, retail_inventory
from invval_xl.functions.errors import CellError, Mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROWS", "ending"]

ROWS: tuple[str, ...] = (
    "beginning inventory",
    "purchases",
    "freight-in",
    "purchase returns",
    "discounts and allowances",
    "net transfers in",
    "abnormal loss",
    "net markups",
    "net markdowns",
    "sales",
    "sales returns",
    "employee discounts",
    "normal shrink",
)
_COST_ROWS = 7
_COST_ONLY = (2, 4)
_SALES = 9
_DOLLAR_VALUE = "dollar-value lifo"


def _laid(given: NDArray[np.float64], what: str, *, needed: tuple[int, ...]) -> list[float]:
    """All thirteen rows; a row left out or blank is none, unless it is needed."""
    if len(given) > len(ROWS):
        raise CellError(Mark.VALUE, f"{what} has {len(given)} rows; the schedule has {len(ROWS)}")
    rows = [*given.tolist(), *([math.nan] * (len(ROWS) - len(given)))]
    for row in needed:
        if math.isnan(rows[row]):
            raise CellError(Mark.NA, f"{ROWS[row]} at {what} is blank; unknown is not zero")
    return [0.0 if math.isnan(value) else value for value in rows]


def _both_ways(net: float) -> tuple[float, float]:
    """A signed net figure as a plus and a minus."""
    return max(net, 0.0), max(-net, 0.0)


def _goods(cost: list[float], retail: list[float]) -> RetailInventory:
    for row, value in enumerate(cost):
        if row >= _COST_ROWS and value:
            raise CellError(Mark.NUM, f"the cost column has a figure for {ROWS[row]}")
    for row in _COST_ONLY:
        if retail[row]:
            raise CellError(Mark.NUM, f"the retail column has a figure for {ROWS[row]}")
    cost_in, cost_out = _both_ways(cost[5])
    retail_in, retail_out = _both_ways(retail[5])
    markups, markup_cancellations = _both_ways(retail[7])
    markdowns, markdown_cancellations = _both_ways(retail[8])
    return retail_inventory(
        cost[0],
        retail[0],
        cost[1],
        retail[1],
        retail[_SALES],
        freight_in_cost=cost[2],
        purchase_returns_cost=cost[3],
        purchase_returns_retail=retail[3],
        vendor_allowances_cost=cost[4],
        transfers_in_cost=cost_in,
        transfers_in_retail=retail_in,
        transfers_out_cost=cost_out,
        transfers_out_retail=retail_out,
        abnormal_loss_cost=cost[6],
        abnormal_loss_retail=retail[6],
        markups_retail=markups,
        markup_cancellations_retail=markup_cancellations,
        markdowns_retail=markdowns,
        markdown_cancellations_retail=markdown_cancellations,
        sales_returns_retail=retail[10],
        employee_discounts_retail=retail[11],
        normal_shrink_retail=retail[12],
    )


def ending(
    variant: str,
    cost: NDArray[np.float64],
    retail: NDArray[np.float64],
    price_index: Any = math.nan,
    years: NDArray[np.float64] | None = None,
) -> Any:
    """Ending inventory at cost by ``variant``; one value an index where that is a range."""
    goods = _goods(
        _laid(cost, "cost", needed=(0, 1)), _laid(retail, "retail", needed=(0, 1, _SALES))
    )
    if variant != _DOLLAR_VALUE:
        return np.full(np.shape(price_index), float(goods.ending_cost(variant)))
    index = np.asarray(price_index, dtype=np.float64)
    if np.isnan(index).all():
        raise CellError(Mark.NA, "dollar-value LIFO needs the price index of the year")
    if years is None or not len(years):
        return goods.ending_dollar_value_lifo(index)
    return _carried_on(goods, index, years)


def _carried_on(
    goods: RetailInventory, index: NDArray[np.float64], years: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Layers of the years before, base year first, then this year's."""
    base_retail, base_index, base_ratio = years[0]
    ratio = float(goods.ratio(RetailVariant.LIFO))
    answers = []
    for current in np.atleast_1d(index).ravel():
        run = dollar_value_lifo_retail(
            base_retail * base_ratio,
            base_retail,
            np.array([*years[1:, 0], float(goods.ending_retail)]),
            np.array([*years[1:, 1], current]),
            np.array([*years[1:, 2], ratio]),
            base_index=base_index,
        )
        answers.append(float(run.ending_cost[-1]))
    return np.array(answers).reshape(index.shape)
