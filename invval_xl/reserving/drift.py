"""Cost that moves with unit costs: a revaluation that no column records, and no break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.breaks import TRANSPOSED_EOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.breaks import Traces
    from invval_xl.reserving.differences import Differences
    from invval_xl.reserving.panel import Block, Panel

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["unrecorded_revaluation"]

_DRIFT = (0.55, 1.8)  # between the half and double that duplicates leave
_RARE = 0.02


def unrecorded_revaluation(
    panel: Panel, found: dict[str, Differences], traces: dict[str, Traces]
) -> tuple[Bools, Bools] | None:
    """Cost differences that a change of unit cost explains: by row, and by link to the row before.

    Only where the sheet has no Revaluation column, the units foot, unit costs move within half
    and double, and neither a neighbour nor an exact trace says it is something else.
    """
    cost, units = panel.blocks.get("cost"), panel.blocks.get("units")
    if cost is None or units is None or "revaluation" in cost.names:
        return None
    d, u = found["cost"], found["units"]
    steady_row, steady_link = _steady(panel, units, cost)
    seen = traces["cost"]
    exact = np.zeros(len(panel), dtype=bool)
    contradicted = np.zeros(len(panel), dtype=bool)
    contradicted[seen.rows] = seen.eop_wrong | seen.bop_wrong
    if d.broken.sum() < _RARE * max(d.tested.sum(), 1):
        # Where unit costs do not drift anywhere else, a slip of the pen is the likelier story.
        exact[seen.rows] = seen.carried | (seen.weight[TRANSPOSED_EOP] > 0)
    row = d.broken & ~u.broken & u.tested & steady_row & ~exact & ~contradicted
    absorbed = np.zeros(len(panel), dtype=bool)
    absorbed[seen.rows[seen.bop_wrong]] = True
    after = panel.after[seen.rows[seen.eop_wrong]]
    absorbed[after[after >= 0]] = True
    link = d.cut & u.linked & ~u.cut & steady_link & ~absorbed
    return row, link


def _steady(panel: Panel, units: Block, cost: Block) -> tuple[Bools, Bools]:
    """Whether every unit cost of a row, and of a link, is within half and double of the first."""

    def each(money: Floats, pieces: Floats) -> Floats:
        """Cost per unit; NaN without either, infinite where cost stands without units."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(
                pieces != 0, money / pieces, np.where(np.abs(money) > cost.slack, np.inf, np.nan)
            )

    opening, closing = each(cost.bop, units.bop), each(cost.eop, units.eop)
    bought = each(cost.receipts(), units.receipts())
    reference = np.where(np.isfinite(opening) & (opening > 0), opening, bought)
    reference = np.where(reference > 0, reference, np.inf)
    row = np.isfinite(reference) & _drifted(closing, reference, unknown=True)
    for i, name in enumerate(cost.names):
        if name in units.names:
            moved = each(cost.measures[i], units.measures[units.names.index(name)])
            row &= _drifted(moved, reference, unknown=True)
    prior = np.where(panel.before >= 0, closing[panel.before], np.nan)
    return row, _drifted(opening, prior, unknown=False)


def _drifted(later: Floats, earlier: Floats, *, unknown: bool) -> Bools:
    """Whether a unit cost lies within the drift of an earlier one; ``unknown`` where one is not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = later / earlier
        steady = (ratio > _DRIFT[0]) & (ratio < _DRIFT[1])
    return np.asarray(steady | (unknown & np.isnan(later)), dtype=bool)
