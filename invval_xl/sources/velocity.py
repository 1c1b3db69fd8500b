"""Velocity of items: ABC by value sold, XYZ by how steadily, days on hand, turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.accounting.ratios import average_inventory_of_counts, days_in_inventory, turn

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["abc_classes", "velocity", "xyz_classes"]

_A, _B = 0.80, 0.95  # cumulative share of value sold
_X, _Y = 0.5, 1.0  # coefficient of variation of monthly units
_DAYS = 365.0


def abc_classes(values: NDArray[np.float64]) -> NDArray[np.object_]:
    """A for the items that bring the first 80 % of value, B to 95 %, C the rest and what sold nothing.

    Examples
    --------
    >>> abc_classes(np.array([5.0, 80.0, 0.0, 15.0])).tolist()
    ['C', 'A', 'C', 'B']
    """  # noqa: E501
    worth = np.maximum(np.nan_to_num(values), 0.0)
    order = np.argsort(-worth, kind="stable")
    total = worth.sum()
    before = np.cumsum(worth[order]) - worth[order]
    share = before / total if total > 0 else np.ones(len(worth))
    named = np.where(share < _A, "A", np.where(share < _B, "B", "C")).astype(object)
    named[worth[order] <= 0] = "C"
    out = np.empty(len(worth), dtype=object)
    out[order] = named
    return out


def xyz_classes(monthly: NDArray[np.float64]) -> NDArray[np.object_]:
    """X steady, Y variable, Z erratic, by the coefficient of variation over months (columns).

    Examples
    --------
    >>> xyz_classes(np.array([[10.0, 10, 10], [10, 2, 12], [0, 0, 30], [0, 0, 0]])).tolist()
    ['X', 'Y', 'Z', '']
    """
    mean = monthly.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(mean > 0, monthly.std(axis=1) / mean, np.nan)
    named = np.where(spread < _X, "X", np.where(spread < _Y, "Y", "Z")).astype(object)
    named[np.isnan(spread)] = ""
    return named


def velocity(balance: pd.DataFrame) -> pd.DataFrame:
    """Derived measures of each item and location over the periods of a balance set.

    Returns
    -------
    pandas.DataFrame
        ``sku, location, abc, xyz, cogs, average_cost, turn, days_on_hand``: cost of goods sold
        and turn at a yearly rate, days on hand at the last period's inventory. NaN: unknown.
    """
    import pandas as pd

    keys = ["sku", "location"]
    wide: dict[str, Any] = {
        name: balance.pivot_table(index=keys, columns="period_end", values=name, aggfunc="sum")
        for name in ("sales_cost", "sales_units", "eop_cost")
    }
    sold, stock = wide["sales_cost"].fillna(0.0), wide["eop_cost"].fillna(0.0)
    months = max(sold.shape[1], 1)
    yearly = sold.sum(axis=1).to_numpy(float) * 12.0 / months
    average = average_inventory_of_counts(np.maximum(stock.to_numpy(float), 0.0))
    ending = np.maximum(stock.to_numpy(float)[:, -1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        turned = np.where(average > 0, turn(yearly, np.where(average > 0, average, 1.0)), np.nan)
        lasting = np.where(
            yearly > 0,
            days_in_inventory(np.where(yearly > 0, yearly, 1.0), ending, days=_DAYS),
            np.nan,
        )
    return pd.DataFrame(
        {
            "sku": sold.index.get_level_values(0).to_numpy(dtype=object),
            "location": sold.index.get_level_values(1).to_numpy(dtype=object),
            "abc": abc_classes(yearly),
            "xyz": xyz_classes(wide["sales_units"].fillna(0.0).to_numpy(float)),
            "cogs": yearly,
            "average_cost": average,
            "turn": turned,
            "days_on_hand": lasting,
        }
    )
