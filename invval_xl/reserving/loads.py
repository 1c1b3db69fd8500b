"""Rows loaded twice: the same SKU, location and period again, figure for figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.breaks import DUPLICATE_LOAD, UNEXPLAINED
from invval_xl.tables.contracts import CONTRACTS as _CONTRACTS
from invval_xl.tables.contracts import ColumnKind

if TYPE_CHECKING:
    from invval_xl.reserving.found import BreakLog
    from invval_xl.reserving.panel import Panel

__all__ = ["duplicate_loads"]


def duplicate_loads(panel: Panel, log: BreakLog) -> int:
    """Log every row whose key was there before; the first of them is the one that counts.

    Parameters
    ----------
    panel
        The balance set, with the repeated rows set aside.
    log
        Where breaks go: what stands twice is in the total twice, so the dollars are the row's
        EOP.

    Returns
    -------
    int
        How many rows repeat a key.
    """
    extra, first = panel.extra, panel.extra_of
    if not len(extra):
        return 0
    frame = panel.table.frame
    figures = [
        c.name
        for c in _CONTRACTS["BalanceSet"].columns
        if c.name in frame and c.kind in {ColumnKind.UNITS, ColumnKind.MONEY}
    ]
    again = frame[figures].to_numpy(dtype=np.float64)[extra]
    before = frame[figures].to_numpy(dtype=np.float64)[panel.position[first]]
    same = ((again == before) | (np.isnan(again) & np.isnan(before))).all(axis=1)
    kind = np.where(same, DUPLICATE_LOAD, UNEXPLAINED).astype(object)
    cause = np.array(
        [
            "the row stands twice, figure for figure"
            if s
            else "the key stands twice, with other figures"
            for s in same
        ],
        dtype=object,
    )
    group = log.groups + np.arange(len(extra))
    log.groups += len(extra)
    for valuation in ("units", "cost"):
        name = f"eop_{valuation}"
        if name not in frame:
            continue
        amount = np.nan_to_num(frame[name].to_numpy(dtype=np.float64)[extra])
        cost = (
            frame["eop_cost"].to_numpy(dtype=np.float64)[extra] if "eop_cost" in frame else amount
        )
        log.add_at(
            panel, 1, extra, first,
            valuation=valuation, kind=kind,
            units=amount if valuation == "units" else np.full(len(extra), np.nan),
            dollars=np.nan_to_num(cost),
            column=name, cause=cause, stops=np.ones(len(extra), dtype=bool), group=group,
        )  # fmt: skip
    return len(extra)
