"""Unit cost against the same item elsewhere: a factor of ten that foots all the same.

Where a whole history was entered ten times too high, every row foots and every link holds; only
the other locations of the item show it. It cannot be proved, so it is said and does not stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.breaks import FACTORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.panel import Panel
    from invval_xl.tables.gather import Gather

__all__ = ["unit_cost_elsewhere"]

_OTHERS = 2  # how many other locations must agree
_AGREE = 0.10
_EXACT = 0.02


def unit_cost_elsewhere(panel: Panel, rows: NDArray[np.int64], gather: Gather) -> int:
    """Say which rows of the current period cost 10 or 100 times what the item costs elsewhere.

    Parameters
    ----------
    panel
        The balance set.
    rows
        Panel rows of the current period that count.
    gather
        Where findings go; dollars are what the row's EOP would lose.

    Returns
    -------
    int
        How many rows were named.
    """
    units, cost = panel.blocks.get("units"), panel.blocks.get("cost")
    if units is None or cost is None or len(rows) <= _OTHERS:
        return 0
    with np.errstate(divide="ignore", invalid="ignore"):
        average = cost.eop[rows] / units.eop[rows]
    known = np.flatnonzero((units.eop[rows] > 0) & (average > 0))
    order = known[np.lexsort((average[known], panel.sku_code[rows][known]))]
    sku, sorted_cost = panel.sku_code[rows][order], average[order]
    starts = np.flatnonzero(np.concatenate(([True], sku[1:] != sku[:-1]))) if len(sku) else sku
    counts = np.diff(np.append(starts, len(sku)))
    # The lower median of three or more is the cost of the many if only one stands apart.
    median = np.repeat(sorted_cost[starts + (counts - 1) // 2], counts) if len(sku) else average[:0]
    near = np.abs(sorted_cost / median - 1) <= _AGREE
    agreeing = np.repeat(np.add.reduceat(near.astype(int), starts), counts) if len(sku) else counts
    ratio = sorted_cost / median
    factor = np.zeros(len(sku))
    for candidate in FACTORS:
        factor[np.abs(ratio / candidate - 1) <= _EXACT] = candidate
    odd = np.flatnonzero(
        (factor > 0) & (agreeing >= _OTHERS) & (agreeing > np.repeat(counts, counts) / 2)
    )
    at = rows[order[odd]]
    gather.many(
        "BS145",
        sheet=panel.table.sheet,
        positions=np.arange(len(at)),
        cell=lambda i: panel.cell(int(at[i]), "eop_cost"),
        facts=lambda i: {
            "sku": panel.sku(int(at[i])),
            "location": panel.place(int(at[i])),
            "average": f"{sorted_cost[odd[i]]:,.4f}",
            "elsewhere": f"{median[odd[i]]:,.4f}",
            "factor": f"{factor[odd[i]]:g}",
        },
        dollars=np.abs(cost.eop[at] * (1 - 1 / factor[odd])),
    )
    return len(at)
