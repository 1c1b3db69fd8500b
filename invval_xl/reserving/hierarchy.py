"""Foot test 8: a location that reports the sum of others is found, tested and not counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.foot_tests import TEST_NAMES, FootTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.found import BreakLog
    from invval_xl.reserving.panel import Panel
    from invval_xl.tables.gather import Gather
    from invval_xl.tables.table import Table

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["consigned_rows", "roll_ups"]

_MOSTLY = 0.5


def consigned_rows(panel: Panel, locations: Table | None) -> Bools:
    """Rows at locations of type consignment: goods of others."""
    if locations is None or "type" not in locations.frame:
        return np.zeros(len(panel), dtype=bool)
    frame = locations.frame
    theirs = set(frame.loc[frame["type"] == "consignment", "location"])
    flags = np.array([p in theirs for p in panel.places], dtype=bool)
    return np.asarray(flags[panel.place_code], dtype=bool)


def roll_ups(
    panel: Panel, locations: Table | None, log: BreakLog, gather: Gather
) -> tuple[FootTest, Bools]:
    """Find parent locations whose rows repeat their children, and test that they add up.

    A parent that has stock of its own is no roll-up: it is one where at least half of its SKUs
    and periods equal the sum of its children in units.

    Returns
    -------
    FootTest
        Test 8.
    ndarray of bool
        Panel rows that are roll-ups and must not be counted.
    """
    rolled = np.zeros(len(panel), dtype=bool)
    parent_of = _parents(panel, locations)
    if parent_of is None or "units" not in panel.blocks:
        note = "Locations names no parent that reports rows of its own"
        return FootTest(8, TEST_NAMES[8], 0, 0, 0.0, "", note), rolled
    tested = failed = 0
    dollars = 0.0
    own_stock: list[str] = []
    for parent in np.unique(parent_of[parent_of >= 0]):
        mine = np.flatnonzero(panel.place_code == parent)
        theirs = np.flatnonzero(parent_of[panel.place_code] == parent)
        gaps = {v: _gap(panel, mine, theirs, v) for v in ("units", "cost") if v in panel.blocks}
        slack = {"units": 1e-6, "cost": 0.005 * (1 + int((parent_of == parent).sum()))}
        nonzero = np.nan_to_num(panel.blocks["units"].eop[mine]) != 0
        equal = np.abs(gaps["units"]) <= slack["units"]
        if not nonzero.any() or (equal & nonzero).sum() < _MOSTLY * nonzero.sum():
            own_stock.append(str(panel.places[parent]))
            continue
        rolled[mine] = True
        tested += len(mine)
        now = mine[panel.is_current[mine]]
        cost = panel.blocks["cost"].eop[now] if "cost" in panel.blocks else np.zeros(0)
        gather.one(
            "BS160", sheet=panel.table.sheet, cell=panel.cell(int(mine[0]), "location"),
            dollars=float(np.nansum(cost)), count=len(mine), parent=panel.places[parent],
            rows=len(mine),
        )  # fmt: skip
        bad = np.zeros(len(mine), dtype=bool)
        group = log.groups + np.arange(len(mine))
        log.groups += len(mine)
        for valuation, gap in gaps.items():
            off = np.abs(gap) > slack[valuation]
            bad |= off
            money = gap if valuation == "cost" else np.full(len(gap), np.nan)
            dollars += float(np.nansum(np.abs(money[off])))
            log.add(
                panel, 8, mine[off], valuation=valuation, kind="children do not sum to parent",
                units=gap[off] if valuation == "units" else np.full(int(off.sum()), np.nan),
                dollars=money[off], column=f"eop_{valuation}",
                cause="the parent's EOP less the sum of its children",
                stops=panel.is_current[mine[off]], group=group[off],
            )  # fmt: skip
        failed += int(bad.sum())
    note = f"counted as stock of their own: {', '.join(own_stock)}" if own_stock else ""
    return FootTest(8, TEST_NAMES[8], tested, failed, dollars,
                    "units 0.000001, cost half a cent a child", note), rolled  # fmt: skip


def _parents(panel: Panel, locations: Table | None) -> Ints | None:
    """Place code to the code of its parent, where both report rows; ``None`` where none does."""
    if locations is None or "parent" not in locations.frame:
        return None
    code = {place: i for i, place in enumerate(panel.places)}
    parents = np.full(len(panel.places), -1, dtype=np.int64)
    frame = locations.frame
    for place, parent in zip(frame["location"], frame["parent"], strict=True):
        if parent and parent != place and place in code and parent in code:
            parents[code[place]] = code[parent]
    return parents if (parents >= 0).any() else None


def _gap(panel: Panel, mine: Ints, theirs: Ints, valuation: str) -> NDArray[np.float64]:
    """Parent's EOP less the sum of its children, by SKU and period of the parent's rows."""
    eop = np.nan_to_num(panel.blocks[valuation].eop)
    width = len(panel.periods)
    own = panel.sku_code[mine] * width + panel.period[mine]
    other = panel.sku_code[theirs] * width + panel.period[theirs]
    keys, group = np.unique(other, return_inverse=True)
    sums = np.bincount(group, weights=eop[theirs], minlength=len(keys))
    at = np.searchsorted(keys, own)
    at_safe = np.minimum(at, max(len(keys) - 1, 0))
    found = (at < len(keys)) & (keys[at_safe] == own) if len(keys) else np.zeros(len(own), bool)
    return np.asarray(eop[mine] - np.where(found, sums[at_safe] if len(keys) else 0.0, 0.0))
