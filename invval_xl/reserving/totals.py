"""Totals of the balance set: every measure, by valuation and period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.contracts import BALANCE_MEASURES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.reserving.footing import Footed
    from invval_xl.reserving.panel import Panel

__all__ = ["period_totals"]

_LABELS = {m.name: m.label for m in BALANCE_MEASURES}


def period_totals(panel: Panel, counted: NDArray[np.bool_], footed: Footed) -> pd.DataFrame:
    """Sum every measure over the rows that count.

    Parameters
    ----------
    panel
        The balance set.
    counted
        Rows that count once (no roll-ups).
    footed
        Carries the revaluation that no column records, listed as a measure of cost.

    Returns
    -------
    DataFrame
        ``period_end, valuation, measure, label, sign, total`` in the order of the sheet.

    Notes
    -----
    Each total is a pairwise sum, exact to the cent for a million lines (reliability.md).
    """
    import pandas as pd

    rows = np.flatnonzero(counted)
    rows = rows[np.argsort(panel.period[rows], kind="stable")]
    edges = np.searchsorted(panel.period[rows], np.arange(len(panel.periods) + 1))
    lines: list[tuple[np.datetime64, str, str, str, float, float]] = []
    for valuation, block in panel.blocks.items():
        measures: list[tuple[str, str, float, NDArray[np.float64]]] = [
            ("bop", "BOP", 1.0, block.bop)
        ]
        measures += [
            (name, _LABELS[name], float(sign), block.measures[i])
            for i, (name, sign) in enumerate(zip(block.names, block.signs, strict=True))
        ]
        if valuation == "cost" and footed.revaluation.any():
            measures.append(
                ("revaluation_not_recorded", "Revaluation (not recorded)", 1.0, footed.revaluation)
            )
        measures.append(("eop", "EOP", -1.0, block.eop))
        for name, label, sign, values in measures:
            ordered = values[rows]
            for p, period in enumerate(panel.periods):
                total = float(np.nansum(ordered[edges[p] : edges[p + 1]]))
                lines.append((period, valuation, name, label, sign, total))
    frame = pd.DataFrame(
        lines, columns=["period_end", "valuation", "measure", "label", "sign", "total"]
    )
    return frame.sort_values("period_end", kind="stable").reset_index(drop=True)
