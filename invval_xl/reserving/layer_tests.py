"""Foot tests 5 and 6: cost layers sum to what is on hand, and average cost lies among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.foot_tests import TEST_NAMES, FootTest
from invval_xl.reserving.panel import UNIT_SLACK
from invval_xl.terms import CostFlow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.panel import Panel
    from invval_xl.tables.gather import Gather
    from invval_xl.tables.table import Control, Table

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["layer_tests"]

_HALF_CENT = 0.005
_UNIT_COST_PLACES = 0.00005  # half of the fourth place that unit costs are held to
#: Methods under which the layers' own costs are the book; elsewhere they are only evidence.
_LAYERED = {CostFlow.FIFO, CostFlow.LIFO, CostFlow.SPECIFIC}


def layer_tests(
    panel: Panel, rows: Ints, layers: Table | None, control: Control, gather: Gather
) -> tuple[FootTest, FootTest]:
    """Run tests 5 and 6 on the current period.

    Parameters
    ----------
    panel
        The balance set.
    rows
        Panel rows of the current period that count.
    layers
        The checked CostLayers, or ``None``.
    control
        Cost method and period end.
    gather
        Where findings go.
    """
    names = TEST_NAMES
    units_block, cost_block = panel.blocks.get("units"), panel.blocks.get("cost")
    if layers is None or not len(layers):
        note = "no cost layers"
        return FootTest(5, names[5], 0, 0, 0.0, "", note), FootTest(
            6, names[6], 0, 0, 0.0, "", note
        )
    if units_block is None or cost_block is None or not len(rows):
        note = "no rows in the period"
        return FootTest(5, names[5], 0, 0, 0.0, "", note), FootTest(
            6, names[6], 0, 0, 0.0, "", note
        )
    _late(layers, control, gather)
    sums = _Sums(panel, rows, layers)
    five = _sums(panel, rows, sums, layers, control, gather)
    six = _average(panel, rows, sums, control, gather)
    return five, six


class _Sums:
    """Layers added up to the current rows they belong to."""

    def __init__(self, panel: Panel, rows: Ints, layers: Table) -> None:
        import pandas as pd

        frame = layers.frame
        index = {
            (s, p): i
            for i, (s, p) in enumerate(
                zip(panel.sku_code[rows].tolist(), panel.place_code[rows].tolist(), strict=True)
            )
        }
        sku = pd.Index(panel.skus).get_indexer(pd.Index(frame["sku"]))
        place = pd.Index(panel.places).get_indexer(pd.Index(frame["location"]))
        owner = np.array(
            [index.get(pair, -1) for pair in zip(sku.tolist(), place.tolist(), strict=True)],
            dtype=np.int64,
        )
        units = frame["units_remaining"].to_numpy(dtype=np.float64)
        cost = frame["unit_cost"].to_numpy(dtype=np.float64)
        n = len(rows)
        mine = owner >= 0
        o = owner[mine]
        self.count = np.bincount(o, minlength=n)
        self.units = np.bincount(o, weights=units[mine], minlength=n)
        self.cost = np.bincount(o, weights=(units * cost)[mine], minlength=n)
        held = mine & (units > 0) & ~np.isnan(cost)
        self.least, self.most = np.full(n, np.inf), np.full(n, -np.inf)
        np.minimum.at(self.least, owner[held], cost[held])
        np.maximum.at(self.most, owner[held], cost[held])
        self.orphans = np.flatnonzero(~mine & (np.abs(np.nan_to_num(units)) > UNIT_SLACK))
        self.orphan_cost = (units * cost)[self.orphans]


def _sums(
    panel: Panel, rows: Ints, sums: _Sums, layers: Table, control: Control, gather: Gather
) -> FootTest:
    units, cost = panel.blocks["units"].eop[rows], panel.blocks["cost"].eop[rows]
    layered = sums.count > 0
    unit_gap, cost_gap = sums.units - units, sums.cost - cost
    cost_slack = _HALF_CENT * (sums.count + 1) + _UNIT_COST_PLACES * np.abs(np.nan_to_num(units))
    off_units = layered & (np.abs(unit_gap) > UNIT_SLACK + 1e-9 * np.abs(units))
    off_cost = layered & ~off_units & (np.abs(cost_gap) > cost_slack)
    without = ~layered & (units > UNIT_SLACK)
    average = np.where(np.abs(units) > UNIT_SLACK, cost / np.where(units == 0, np.nan, units), 0.0)

    def at(code: str, bad: NDArray[np.bool_], dollars: Floats, column: str) -> None:
        where = np.flatnonzero(bad)
        gather.many(
            code, sheet=panel.table.sheet, positions=where,
            cell=lambda i: panel.cell(int(rows[i]), column),
            facts=lambda i: {
                "sku": panel.sku(int(rows[i])), "location": panel.place(int(rows[i])),
                "layers": f"{sums.units[i]:,.15g}", "eop": f"{units[i]:,.15g}",
                "layer_cost": f"{sums.cost[i]:,.2f}", "eop_cost": f"{cost[i]:,.2f}",
                "method": control.cost_method.label,
            },
            dollars=dollars[where],
        )  # fmt: skip

    at("CL101", off_units, np.abs(unit_gap * average), "eop_units")
    code = "CL102" if control.cost_method in _LAYERED else "CL103"
    at(code, off_cost, np.abs(cost_gap), "eop_cost")
    at("CL104", without, np.abs(cost), "eop_units")
    frame = layers.frame
    gather.many(
        "CL105", sheet=layers.sheet, positions=sums.orphans,
        cell=lambda p: layers.cell(p, "sku"),
        facts=lambda p: {"sku": frame["sku"].iloc[p], "location": frame["location"].iloc[p]},
        dollars=np.abs(sums.orphan_cost),
    )  # fmt: skip
    failed = off_units | without | (off_cost & (control.cost_method in _LAYERED))
    dollars = np.where(off_units, np.abs(unit_gap * average), np.abs(cost_gap))
    dollars = np.where(without, np.abs(cost), dollars)
    note = (
        ""
        if control.cost_method in _LAYERED
        else (f"cost under {control.cost_method.label} is compared and said, not tested")
    )
    return FootTest(
        5, TEST_NAMES[5], int((layered | without).sum()) + len(sums.orphans),
        int(failed.sum()) + len(sums.orphans),
        float(np.nansum(dollars[failed])) + float(np.nansum(np.abs(sums.orphan_cost))),
        "units 0.000001; cost half a cent a layer and unit costs to four places", note,
    )  # fmt: skip


def _average(panel: Panel, rows: Ints, sums: _Sums, control: Control, gather: Gather) -> FootTest:
    units, cost = panel.blocks["units"].eop[rows], panel.blocks["cost"].eop[rows]
    testable = (units > UNIT_SLACK) & np.isfinite(sums.least) & ~np.isnan(cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        average = cost / units
        slack = _UNIT_COST_PLACES + _HALF_CENT * (sums.count + 1) / units
        gap = np.maximum(sums.least - average, average - sums.most)
        off = testable & (gap > slack)
        dollars = np.where(off, gap * units, 0.0)
    where = np.flatnonzero(off)
    gather.many(
        "CL106", sheet=panel.table.sheet, positions=where,
        cell=lambda i: panel.cell(int(rows[i]), "eop_cost"),
        facts=lambda i: {
            "sku": panel.sku(int(rows[i])), "location": panel.place(int(rows[i])),
            "average": f"{average[i]:,.4f}", "least": f"{sums.least[i]:,.4f}",
            "most": f"{sums.most[i]:,.4f}", "method": control.cost_method.label,
        },
        dollars=dollars[where],
    )  # fmt: skip
    return FootTest(6, TEST_NAMES[6], int(testable.sum()), int(off.sum()), float(dollars.sum()),
                    "unit costs to four places, and the rounding of EOP")  # fmt: skip


def _late(layers: Table, control: Control, gather: Gather) -> None:
    """Layers received after the period end."""
    dates = layers.frame["receipt_date"].to_numpy()
    late = np.flatnonzero(dates > np.datetime64(control.period_end, "ns"))
    units = layers.frame["units_remaining"].to_numpy(dtype=np.float64)
    cost = units * layers.frame["unit_cost"].to_numpy(dtype=np.float64)
    gather.many(
        "CL108", sheet=layers.sheet, positions=late,
        cell=lambda p: layers.cell(p, "receipt_date"),
        facts=lambda p: {"sku": layers.frame["sku"].iloc[p], "date": str(dates[p])[:10],
                         "period_end": control.period_end},
        dollars=cost[late],
    )  # fmt: skip
