"""Foot tests 1 and 2: every row foots in every valuation, and BOP is the prior EOP.

One mistake is one break: a wrong EOP makes its own row and the next BOP disagree, and is reported
once, where it stands. Where cost moves with day-to-day unit costs and the sheet has no
Revaluation column, the difference is a revaluation nobody wrote down, not a break.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.breaks import (
    BOP_NOT_PRIOR_EOP,
    COST_TIMES_TEN,
    DUPLICATE_LOAD,
    FACTORS,
    SIGN_FLIP,
    TRANSPOSED_EOP,
    UNEXPLAINED,
    Traces,
    row_kinds,
    trace,
)
from invval_xl.reserving.panel import VALUATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.found import BreakLog
    from invval_xl.reserving.panel import Block, Panel

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Footed", "foot_rows_and_links", "unit_costs"]

NOT_CARRIED = "not carried forward"
NO_PRIOR = "opening without a prior row"
_DRIFT = (0.55, 1.8)  # between the half and double that duplicates leave
_RARE = 0.02


@dataclass(frozen=True, eq=False)
class Footed:
    """What tests 1 and 2 found beside breaks.

    Parameters
    ----------
    tested_rows, failed_rows
        Test 1 by valuation: rows with every figure known, and of those the broken ones.
    tested_links, failed_links
        Test 2 by valuation.
    unknown
        Rows that could not be tested for a figure that is unknown, by valuation.
    gaps
        Links over one or more periods without a row.
    revaluation, opening_revaluation
        Panel-row dollars of a revaluation that no column records: within the row, and between
        the prior EOP and this BOP.
    unsupported
        Panel rows whose BOP no earlier row supports although earlier periods are there.
    """

    tested_rows: dict[str, int]
    failed_rows: dict[str, int]
    tested_links: dict[str, int]
    failed_links: dict[str, int]
    unknown: dict[str, int]
    gaps: int
    revaluation: Floats
    opening_revaluation: Floats
    unsupported: Bools


def unit_costs(panel: Panel) -> Floats:
    """Average unit cost of each row: of EOP, else of BOP; NaN where neither has units."""
    units, cost = panel.blocks.get("units"), panel.blocks.get("cost")
    if units is None or cost is None:
        return np.full(len(panel), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        eop = np.where(units.eop != 0, cost.eop / units.eop, np.nan)
        bop = np.where(units.bop != 0, cost.bop / units.bop, np.nan)
        fallback = np.where((bop > 0) & np.isfinite(bop), bop, _receipt_cost(units, cost))
    return np.where((eop > 0) & np.isfinite(eop), eop, fallback)


def _receipt_cost(units: Block, cost: Block) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(units.receipts() != 0, cost.receipts() / units.receipts(), np.nan)


@dataclass(frozen=True, eq=False)
class _Differences:
    """Residual of each row and difference of each link of one valuation, with what is broken."""

    residual: Floats
    broken: Bools
    link: Floats
    cut: Bools
    tested: Bools
    linked: Bools


def _differences(panel: Panel, block: Block, counted: Bools) -> _Differences:
    residual = block.eop - block.computed
    unknown = block.unknown & ~block.receipts_unknown
    tested = counted & ~np.isnan(residual) & ~unknown
    # A movement that cannot be read is its own finding; only unknown receipts are traced on.
    broken = tested & (np.abs(residual) > block.slack)
    prior = np.where(panel.before >= 0, block.eop[panel.before], np.nan)
    link = block.bop - prior
    linked = counted & (panel.before >= 0) & ~np.isnan(link)
    scale = 1e-9 * np.maximum(np.abs(np.nan_to_num(block.bop)), np.abs(np.nan_to_num(prior)))
    cut = linked & (np.abs(link) > block.link_slack + scale)
    return _Differences(
        np.nan_to_num(residual), broken, np.where(cut, link, 0.0), cut, tested, linked
    )


def foot_rows_and_links(panel: Panel, counted: Bools, log: BreakLog) -> Footed:
    """Run tests 1 and 2 over every valuation and name what breaks.

    Parameters
    ----------
    panel
        The balance set.
    counted
        Rows that count; a roll-up of other rows is tested against them, not by itself.
    log
        Where breaks go.
    """
    cost_of = unit_costs(panel)
    found = {
        v: _differences(panel, panel.blocks[v], counted) for v in VALUATIONS if v in panel.blocks
    }
    traces = {v: trace(panel, panel.blocks[v], d.residual, d.broken) for v, d in found.items()}
    revaluation = _revaluation(panel, found, traces)
    if revaluation is not None:
        d = found["cost"]
        row_part, link_part = revaluation
        found["cost"] = _Differences(
            np.where(row_part, 0.0, d.residual), d.broken & ~row_part,
            np.where(link_part, 0.0, d.link), d.cut & ~link_part, d.tested, d.linked,
        )  # fmt: skip
        block = panel.blocks["cost"]
        traces["cost"] = trace(panel, block, found["cost"].residual, found["cost"].broken)
        drift, opening_drift = np.where(row_part, d.residual, 0.0), np.where(link_part, d.link, 0.0)
    else:
        drift = opening_drift = np.zeros(len(panel))
    misstated = _log_rows(panel, traces, cost_of, log)
    _log_links(panel, found, traces, misstated, cost_of, log)
    unsupported = _log_ends(panel, counted, cost_of, log)
    steps = panel.period - np.where(panel.before >= 0, panel.period[panel.before], panel.period - 1)
    return Footed(
        tested_rows={v: int(d.tested.sum()) for v, d in found.items()},
        failed_rows={v: int(d.broken.sum()) for v, d in found.items()},
        tested_links={v: int(d.linked.sum()) for v, d in found.items()},
        failed_links={v: int(d.cut.sum()) for v, d in found.items()},
        unknown={v: int((counted & ~d.tested).sum()) for v, d in found.items()},
        gaps=int((counted & (steps > 1)).sum()),
        revaluation=drift,
        opening_revaluation=opening_drift,
        unsupported=unsupported,
    )


def _revaluation(
    panel: Panel, found: dict[str, _Differences], traces: dict[str, Traces]
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


def _dollars(valuation: str, amount: Floats, rows: NDArray[np.int64], cost_of: Floats) -> Floats:
    return amount * cost_of[rows] if valuation == "units" else amount


def _log_rows(
    panel: Panel, traces: dict[str, Traces], cost_of: Floats, log: BreakLog
) -> dict[str, Bools]:
    """Test 1: one group a row, a break for each valuation that does not foot.

    Returns the panel rows whose EOP is what is wrong, by valuation.
    """
    misstated = {valuation: np.zeros(len(panel), dtype=bool) for valuation in traces}
    kinds = row_kinds(traces, cost_of)
    group_of = np.full(len(panel), -1)
    any_broken = np.zeros(len(panel), dtype=bool)
    follower = np.zeros(len(panel), dtype=bool)
    for seen in traces.values():
        any_broken[seen.rows] = True
        # A row that merely repeats the wrong balance of the row before belongs to that break.
        repeated = panel.after[seen.rows[seen.carried]]
        follower[repeated[repeated >= 0]] = True
    leaders = np.flatnonzero(any_broken & ~follower)
    group_of[leaders] = log.groups + np.arange(len(leaders))
    log.groups += len(leaders)
    for row in np.flatnonzero(any_broken & follower):
        group_of[row] = group_of[panel.before[row]]
    for valuation, seen in traces.items():
        kind, column = kinds[valuation]
        misstated[valuation][seen.rows] = np.asarray(column == "eop", dtype=bool)
        own = np.ones(len(seen.rows), dtype=bool)
        carried_into = np.zeros(len(panel), dtype=bool)
        repeated = panel.after[seen.rows[seen.carried]]
        carried_into[repeated[repeated >= 0]] = True
        own &= ~carried_into[seen.rows]
        rows = seen.rows[own]
        amount = seen.residual[own]
        log.add(
            panel, 1, rows,
            valuation=valuation,
            kind=kind[own],
            units=amount if valuation == "units" else np.full(len(rows), np.nan),
            dollars=_dollars(valuation, amount, rows, _cost_of_broken(panel, misstated, cost_of)),
            column=np.array([f"{c}_{valuation}" for c in column[own]], dtype=object),
            cause=np.array(
                [_cause(k, c, e, b) for k, c, e, b in zip(
                    kind[own], column[own], (seen.eop_wrong | seen.carried)[own],
                    seen.bop_wrong[own], strict=True)],
                dtype=object,
            ),
            stops=np.full(len(rows), valuation != "retail"),
            group=group_of[rows],
        )  # fmt: skip
    return misstated


def _cost_of_broken(panel: Panel, misstated: dict[str, Bools], cost_of: Floats) -> Floats:
    """Take unit cost over the EOP the movements give where the reported EOP is what is wrong."""
    units, cost = panel.blocks.get("units"), panel.blocks.get("cost")
    if units is None or cost is None:
        return cost_of
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(units.computed > 0, cost.computed / units.computed, np.nan)
    wrong = misstated["units"] | misstated["cost"]
    return np.where(wrong & (expected > 0), expected, cost_of)


def _cause(kind: str, column: str, eop_wrong: bool, bop_wrong: bool) -> str:
    """Say in a few words which figure is taken to be wrong, and why."""
    if bop_wrong:
        return "the row foots with the prior EOP in place of its BOP"
    because = "; the next BOP equals the computed EOP" if eop_wrong else ""
    figure = column.replace("_", " ") if column not in {"bop", "eop"} else column.upper()
    said = {
        "missing receipts": "more is on hand than the movements give, and receipts are none",
        "duplicate receipts": "the row foots with half the receipts",
        "sign flip": f"the row foots with the sign of {figure} turned",
        "transposed EOP": "two digits of EOP have changed places",
        "cost x 10": f"the row foots with {figure} ten or a hundred times smaller or larger",
        "duplicate load": "the row foots with half of every movement",
        UNEXPLAINED: "no known pattern fits" if not eop_wrong else "EOP is misstated",
    }.get(kind, "no known pattern fits")
    return said + because


def _log_links(
    panel: Panel,
    found: dict[str, _Differences],
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
            dollars=_dollars(valuation, amount, rows, cost_of),
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


def _log_ends(panel: Panel, counted: Bools, cost_of: Floats, log: BreakLog) -> Bools:
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
            dollars=_dollars(valuation, amount, rows, cost_of),
            column=f"eop_{valuation}",
            cause="the key has stock here and no row in any later period",
            stops=np.ones(len(rows), dtype=bool),
            group=group,
        )  # fmt: skip
    opened = np.abs(np.nan_to_num(units.bop)) > units.slack
    return np.asarray(counted & (panel.before < 0) & (panel.period > 0) & opened, dtype=bool)
