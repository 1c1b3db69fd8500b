"""Foot tests 1 and 2: every row foots in every valuation, and BOP is the prior EOP.

One mistake is one break: a wrong EOP makes its own row and the next BOP disagree, and is reported
once, where it stands. Where cost moves with day-to-day unit costs and the sheet has no
Revaluation column, the difference is a revaluation nobody wrote down, not a break.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.breaks import UNEXPLAINED, row_kinds, trace
from invval_xl.reserving.differences import Differences, differences, priced, unit_costs
from invval_xl.reserving.drift import unrecorded_revaluation
from invval_xl.reserving.linking import log_ends, log_links
from invval_xl.reserving.panel import VALUATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.breaks import Traces
    from invval_xl.reserving.found import BreakLog
    from invval_xl.reserving.panel import Panel

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Footed", "foot_rows_and_links"]


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
        v: differences(panel, panel.blocks[v], counted) for v in VALUATIONS if v in panel.blocks
    }
    traces = {v: trace(panel, panel.blocks[v], d.residual, d.broken) for v, d in found.items()}
    revaluation = unrecorded_revaluation(panel, found, traces)
    if revaluation is not None:
        d = found["cost"]
        row_part, link_part = revaluation
        found["cost"] = Differences(
            np.where(row_part, 0.0, d.residual), d.broken & ~row_part,
            np.where(link_part, 0.0, d.link), d.cut & ~link_part, d.tested, d.linked,
        )  # fmt: skip
        block = panel.blocks["cost"]
        traces["cost"] = trace(panel, block, found["cost"].residual, found["cost"].broken)
        drift, opening_drift = np.where(row_part, d.residual, 0.0), np.where(link_part, d.link, 0.0)
    else:
        drift = opening_drift = np.zeros(len(panel))
    misstated = _log_rows(panel, traces, cost_of, log)
    log_links(panel, found, traces, misstated, cost_of, log)
    unsupported = log_ends(panel, counted, cost_of, log)
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
            dollars=priced(valuation, amount, rows, _cost_of_broken(panel, misstated, cost_of)),
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
