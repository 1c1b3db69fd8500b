"""Foot test 2: BOP is the EOP before it, and no stock is left behind on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.breaks import (
    BOP_NOT_PRIOR_EOP,
    COST_TIMES_TEN,
    DUPLICATE_LOAD,
    FACTORS,
    SIGN_FLIP,
)
from invval_xl.reserving.differences import Differences, priced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.breaks import Traces
    from invval_xl.reserving.found import BreakLog
    from invval_xl.reserving.panel import Block, Panel

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["NOT_CARRIED", "log_ends", "log_links"]

NOT_CARRIED = "not carried forward"


def log_links(
    panel: Panel,
    found: dict[str, Differences],
    traces: dict[str, Traces],
    misstated: dict[str, Bools],
    cost_of: Floats,
    log: BreakLog,
) -> None:
    """Test 2: links that differ and are not already explained by a break of one of their rows."""
    open_cut: dict[str, Bools] = {}
    for valuation, d in found.items():
        seen = traces[valuation]
        explained = np.zeros(len(panel), dtype=bool)
        explained[seen.rows[seen.bop_wrong]] = True
        after = panel.after[seen.rows[seen.eop_wrong]]
        explained[after[after >= 0]] = True
        open_cut[valuation] = d.cut & ~explained & ~_nearer(panel, valuation, misstated[valuation])
    if not any(cut.any() for cut in open_cut.values()):
        return
    doubled = _doubled(panel, open_cut)
    group_of = np.full(len(panel), -1)
    rows_any = np.flatnonzero(np.any(list(open_cut.values()), axis=0))
    group_of[rows_any] = log.groups + np.arange(len(rows_any))
    log.groups += len(rows_any)
    for valuation, cut in open_cut.items():
        block = panel.blocks[valuation]
        scaled, factor = _scaled(panel, block, cut) if valuation != "units" else _none(panel)
        # The step back down to the true level belongs to the row that stands too high.
        back = np.zeros(len(panel), dtype=bool)
        high = np.flatnonzero(doubled | scaled)
        after = panel.after[high]
        back[after[after >= 0]] = True
        rows = np.flatnonzero(cut & ~(back & ~doubled & ~scaled))
        kind = np.full(len(rows), BOP_NOT_PRIOR_EOP, dtype=object)
        prior = block.eop[panel.before[rows]]
        amount = found[valuation].link[rows]
        cause = np.full(len(rows), "BOP differs from the EOP of the period before", dtype=object)
        flipped = np.abs(block.bop[rows] + prior) <= 2 * block.link_slack
        kind[flipped] = SIGN_FLIP
        cause[flipped] = "BOP is the prior EOP with its sign turned"
        kind[scaled[rows]] = COST_TIMES_TEN
        for i in np.flatnonzero(scaled[rows]):
            cause[i] = f"the row stands {factor[rows[i]]:g} times above the period before"
        amount = np.where(scaled[rows], block.eop[rows] * (1 - 1 / factor[rows]), amount)
        kind[doubled[rows]] = DUPLICATE_LOAD
        cause[doubled[rows]] = "every figure of the row is twice what its neighbours say"
        amount = np.where(doubled[rows], block.eop[rows] / 2, amount)
        log.add(
            panel, 2, rows,
            valuation=valuation,
            kind=kind,
            units=amount if valuation == "units" else np.full(len(rows), np.nan),
            dollars=priced(valuation, amount, rows, cost_of),
            column=f"bop_{valuation}",
            cause=cause,
            stops=np.full(len(rows), valuation != "retail"),
            group=group_of[rows],
        )  # fmt: skip


def _nearer(panel: Panel, valuation: str, misstated: Bools) -> Bools:
    """Rows after a misstated EOP whose BOP lies nearer to what that EOP should have been."""
    block = panel.blocks[valuation]
    after_one = (panel.before >= 0) & misstated[panel.before]
    computed, reported = block.computed[panel.before], block.eop[panel.before]
    return np.asarray(
        after_one & (np.abs(block.bop - computed) < np.abs(block.bop - reported) / 2), dtype=bool
    )


def _none(panel: Panel) -> tuple[Bools, Floats]:
    return np.zeros(len(panel), dtype=bool), np.ones(len(panel))


def _doubled(panel: Panel, cut: dict[str, Bools]) -> Bools:
    """Rows whose BOP is twice the prior EOP in units and cost alike, and that end so too."""
    twice = np.ones(len(panel), dtype=bool)
    for valuation in ("units", "cost"):
        if valuation not in cut:
            return np.zeros(len(panel), dtype=bool)
        block = panel.blocks[valuation]
        prior = np.where(panel.before >= 0, block.eop[panel.before], np.nan)
        following = np.where(panel.after >= 0, block.bop[panel.after], np.nan)
        slack = 3 * block.link_slack
        twice &= cut[valuation] & (np.abs(block.bop - 2 * prior) <= slack)
        twice &= np.isnan(following) | (np.abs(block.eop - 2 * following) <= slack)
    return twice


def _scaled(panel: Panel, block: Block, cut: Bools) -> tuple[Bools, Floats]:
    """Rows that stand ten or a hundred times above or below the row before (and the next)."""
    scaled = np.zeros(len(panel), dtype=bool)
    factors = np.ones(len(panel))
    prior = np.where(panel.before >= 0, block.eop[panel.before], np.nan)
    following = np.where(panel.after >= 0, block.bop[panel.after], np.nan)
    for factor in FACTORS:
        slack = 2 * block.link_slack * max(factor, 1 / factor)
        hit = cut & (np.abs(prior) > slack) & (np.abs(block.bop - factor * prior) <= slack)
        hit &= np.isnan(following) | (np.abs(block.eop - factor * following) <= slack)
        scaled |= hit
        factors = np.where(hit, factor, factors)
    return scaled, factors


def log_ends(panel: Panel, counted: Bools, cost_of: Floats, log: BreakLog) -> Bools:
    """Stock of a key whose rows stop before the current period; BOP that nothing supports."""
    units, cost = panel.blocks.get("units"), panel.blocks.get("cost")
    if units is None or panel.current < 0:
        return np.zeros(len(panel), dtype=bool)
    held = np.abs(np.nan_to_num(units.eop)) > units.slack
    if cost is not None:
        held |= np.abs(np.nan_to_num(cost.eop)) > cost.slack
    rows = np.flatnonzero(counted & (panel.after < 0) & (panel.period < panel.current) & held)
    group = log.groups + np.arange(len(rows))
    log.groups += len(rows)
    for valuation, block in (("units", units), ("cost", cost)):
        if block is None:
            continue
        amount = -np.nan_to_num(block.eop[rows])
        log.add(
            panel, 2, rows,
            valuation=valuation, kind=NOT_CARRIED,
            units=amount if valuation == "units" else np.full(len(rows), np.nan),
            dollars=priced(valuation, amount, rows, cost_of),
            column=f"eop_{valuation}",
            cause="the key has stock here and no row in any later period",
            stops=np.ones(len(rows), dtype=bool),
            group=group,
        )  # fmt: skip
    opened = np.abs(np.nan_to_num(units.bop)) > units.slack
    return np.asarray(counted & (panel.before < 0) & (panel.period > 0) & opened, dtype=bool)
