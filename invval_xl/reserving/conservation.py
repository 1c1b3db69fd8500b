"""The balance set is conserved, or it is said where not: the nine foot tests.

Before any reserve is worked out every row must foot in units, cost and retail, every BOP must be
the EOP before it, transfers must net to zero, and EOP at cost must be what the ledger holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import Checked
from invval_xl.reserving.differences import unit_costs
from invval_xl.reserving.foot_findings import report
from invval_xl.reserving.foot_tests import (
    TEST_NAMES,
    FootTest,
    LedgerTie,
    impossible_stock,
    ledger,
    retail_at_ticket,
    transfers,
)
from invval_xl.reserving.footing import Footed, foot_rows_and_links
from invval_xl.reserving.found import BreakLog
from invval_xl.reserving.hierarchy import consigned_rows, roll_ups
from invval_xl.reserving.layer_tests import layer_tests
from invval_xl.reserving.loads import duplicate_loads
from invval_xl.reserving.neighbours import unit_cost_elsewhere
from invval_xl.reserving.panel import VALUATIONS, Panel, build_panel
from invval_xl.reserving.totals import period_totals
from invval_xl.tables.gather import Gather

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.tables.table import Tables

__all__ = ["Conservation", "FootTest", "prove_conservation"]


@dataclass(frozen=True, eq=False)
class Conservation:
    """What the foot tests showed.

    Parameters
    ----------
    period_end
        The current period end.
    tests
        The nine foot tests in their order, each with what was tested, what failed, dollars.
    breaks
        A row a break and valuation: ``test, sku, location, period_end, valuation, kind, units,
        dollars, cell, cause, current, stops, group``. ``units`` and ``dollars`` are signed,
        reported less expected; rows of one ``group`` have one cause.
    totals
        ``period_end, valuation, measure, label, sign, total``: every measure of every valuation
        that is there, BOP and EOP among them, and ``revaluation_not_recorded`` where cost moved
        without a column for it.
    current
        Rows of the balance set of the current period, once each, roll-ups of other locations
        left out; ``position`` is the row's place in the BalanceSet table, ``unit_cost`` its
        average unit cost (NaN where there are no units), ``consigned`` whether it is of others.
    current_positions
        ``current["position"]`` as an array.
    eop_cost
        EOP at cost as compared with the ledger.
    ledger
        EOP at cost against the general ledger, and on what basis.
    revaluation_not_recorded, opening_revaluation
        Dollars of the current period by which cost moved with unit costs and no column says so:
        within the rows, and between prior EOP and BOP.
    absent
        What the sheet does not have, stated and not assumed zero.
    control_totals
        Sums over the BalanceSet as read (information produced by the entity).
    """

    period_end: dt.date
    tests: tuple[FootTest, ...]
    breaks: pd.DataFrame
    totals: pd.DataFrame
    current: pd.DataFrame
    current_positions: NDArray[np.int64]
    eop_cost: float
    ledger: LedgerTie
    revaluation_not_recorded: float = 0.0
    opening_revaluation: float = 0.0
    absent: tuple[str, ...] = ()
    control_totals: Mapping[str, float] = field(default_factory=dict)

    @property
    def conserved(self) -> bool:
        """Whether no break stops the run."""
        return not len(self.breaks) or not bool(self.breaks["stops"].any())

    def current_totals(self) -> pd.DataFrame:
        """``totals`` of the current period."""
        now = np.datetime64(self.period_end, "ns")
        return self.totals[self.totals["period_end"] == now].reset_index(drop=True)


def prove_conservation(tables: Tables) -> Checked[Conservation]:
    """Run the nine foot tests of accounting.md B2 on a checked workbook.

    Parameters
    ----------
    tables
        The checked workbook.

    Returns
    -------
    Checked of Conservation
        Totals, breaks, tests; and a finding for every break, with its kind, cell and dollars.
        Breaks of units or cost stop the run, in whichever period; breaks at retail, and
        impossible stock or transfers of earlier periods, are said.

    Notes
    -----
    Tolerances are constants, not policy: 0.000001 units; half a cent for every figure of a row
    that is not zero (each was rounded once); one cent between two reports of one balance.
    """
    control = tables.control
    now = np.datetime64(control.period_end, "ns")
    panel = build_panel(tables.balance_set, now)
    gather, log = Gather(), BreakLog()
    locations = tables.get("Locations")
    loads = duplicate_loads(panel, log)
    eight, rolled = roll_ups(panel, locations, log, gather)
    consigned = consigned_rows(panel, locations)
    counted = ~rolled
    cost_of = unit_costs(panel)
    footed = foot_rows_and_links(panel, counted, log)
    three = transfers(panel, counted, log)
    cost = tables.beside.cost if tables.beside else 0.0
    four, tie = ledger(panel, counted & panel.is_current, consigned, control, gather, cost)
    rows = np.flatnonzero(counted & panel.is_current)
    five, six = layer_tests(
        panel, rows[~consigned[rows]], tables.get("CostLayers"), control, gather
    )
    seven = impossible_stock(panel, counted, consigned, log, cost_of)
    nine = retail_at_ticket(panel, counted, tables.item_master, log)
    unit_cost_elsewhere(panel, rows, gather)
    breaks = log.frame()
    one, two = _rows_and_links(footed, breaks, loads)
    tests = (one, two, three, four, five, six, seven, eight, nine)
    absent = _absent(panel)
    report(panel, breaks, footed, tests, absent, gather)
    conservation = Conservation(
        period_end=control.period_end,
        tests=tests,
        breaks=breaks,
        totals=period_totals(panel, counted, footed),
        current=_current(panel, rows, consigned, cost_of),
        current_positions=panel.position[rows],
        eop_cost=tie.eop_cost,
        ledger=tie,
        revaluation_not_recorded=float(np.sum(footed.revaluation[rows])),
        opening_revaluation=float(np.sum(footed.opening_revaluation[rows])),
        absent=absent,
        control_totals=tables.balance_set.control_totals,
    )
    return Checked(conservation, gather.findings())


def _rows_and_links(footed: Footed, breaks: pd.DataFrame, loads: int) -> tuple[FootTest, FootTest]:
    """Give tests 1 and 2 as outcomes; a cause counts once, at cost where cost is broken."""
    made = []
    for number, tested in ((1, footed.tested_rows), (2, footed.tested_links)):
        mine = breaks[breaks["test"] == number] if len(breaks) else breaks
        causes = int(mine["group"].nunique()) if len(mine) else 0
        notes = [f"{v}: {n} tested" for v, n in tested.items()]
        unknown = {v: n for v, n in footed.unknown.items() if n}
        if number == 1 and unknown:
            notes.extend(f"{n} row(s) unknown in {v}" for v, n in unknown.items())
        if number == 1 and loads:
            notes.append(f"{loads} row(s) loaded twice among the failures")
        if number != 1 and footed.gaps:
            notes.append(f"{footed.gaps} link(s) over periods without a row")
        made.append(
            FootTest(
                number,
                TEST_NAMES[number],
                sum(tested.values()) + (loads if number == 1 else 0),
                causes,
                cause_dollars(mine),
                "units 0.000001; money half a cent a figure"
                if number == 1
                else "units 0.000001; money one cent",
                "; ".join(notes),
            )
        )
    return made[0], made[1]


def cause_dollars(breaks: pd.DataFrame) -> float:
    """Dollars of breaks, one figure a cause: cost where it is broken, else units at unit cost."""
    if not len(breaks):
        return 0.0
    rank = breaks["valuation"].map({"cost": 0, "units": 1, "retail": 2})
    first = breaks.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates("group")
    return float(first["dollars"].abs().sum())


def _absent(panel: Panel) -> tuple[str, ...]:
    """Blocks and measures the sheet does not have."""
    said = [f"no {v} block" for v in VALUATIONS if v not in panel.blocks]
    return tuple(said)


def _current(
    panel: Panel,
    rows: NDArray[np.int64],
    consigned: NDArray[np.bool_],
    cost_of: NDArray[np.float64],
) -> pd.DataFrame:
    frame = panel.table.frame.iloc[panel.position[rows]].copy()
    units = frame["eop_units"].to_numpy() if "eop_units" in frame else np.full(len(rows), np.nan)
    frame["unit_cost"] = np.where(units > 0, cost_of[rows], np.nan)
    frame["consigned"] = consigned[rows]
    frame["position"] = panel.position[rows]
    return frame.reset_index(drop=True)
