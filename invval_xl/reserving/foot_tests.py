"""Foot tests 3 to 9: transfers, ledger, layers, unit costs, impossible stock, hierarchy, ticket.

Each is tested only where the workbook holds what it needs; where it does not, that is stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.panel import UNIT_SLACK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.reserving.found import BreakLog
    from invval_xl.reserving.panel import Panel
    from invval_xl.tables.gather import Gather
    from invval_xl.tables.table import Control, Table

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "TEST_NAMES",
    "FootTest",
    "impossible_stock",
    "ledger",
    "retail_at_ticket",
    "transfers",
]

TEST_NAMES = {
    1: "BOP + additions - reductions = EOP",
    2: "EOP of a period = BOP of the next",
    3: "Transfers net to zero over all locations",
    4: "EOP at cost = inventory per general ledger",
    5: "Cost layers sum to EOP",
    6: "EOP average unit cost lies within its layers",
    7: "No units without cost, no cost without units, none below zero",
    8: "Children sum to their parent",
    9: "EOP at retail = units x ticket price",
}
_HALF_CENT = 0.005
_UNIT_KINDS = {"negative on-hand", "units without cost"}


@dataclass(frozen=True, slots=True)
class FootTest:
    """The outcome of one foot test.

    Parameters
    ----------
    number
        1 to 9 (accounting.md B2).
    name
        What is asserted.
    tested, failed
        How many rows, links, keys or totals were tested, and how many failed.
    dollars
        Sum of the differences, each taken positive.
    tolerance
        What was allowed for rounding, in words.
    note
        What was not tested and why, or on what basis the test ran; empty where nothing is to say.
    """

    number: int
    name: str
    tested: int
    failed: int
    dollars: float
    tolerance: str
    note: str = ""

    @property
    def status(self) -> str:
        """``passed``, ``failed`` or ``not tested``."""
        if self.failed:
            return "failed"
        return "passed" if self.tested else "not tested"


def transfers(panel: Panel, counted: Bools, log: BreakLog) -> FootTest:
    """Test 3: what leaves one location arrives at another, by SKU and period.

    Parameters
    ----------
    panel
        The balance set.
    counted
        Rows that count (no roll-up of others).
    log
        Where breaks go: units in the current period stop the run, the rest is said. Units are
        priced at the SKU's average cost over all its rows.
    """
    tested = failed = 0
    dollars = 0.0
    notes: list[str] = []
    average = _average_by_sku(panel, counted)
    for valuation in ("units", "cost"):
        block = panel.blocks.get(valuation)
        if block is None or not {"transfers_in", "transfers_out"} <= set(block.names):
            there = [n for n in ("transfers_in", "transfers_out") if block and n in block.names]
            only = f" (only {there[0].replace('_', ' ')} is there)" if there else ""
            notes.append(f"no transfers in and out in {valuation}{only}")
            continue
        into = block.measures[block.names.index("transfers_in")]
        out = block.measures[block.names.index("transfers_out")]
        rows = np.flatnonzero(counted & ((into != 0) | (out != 0)))
        if not len(rows):
            continue
        group_key = panel.sku_code[rows] * len(panel.periods) + panel.period[rows]
        keys, first, group = np.unique(group_key, return_index=True, return_inverse=True)
        net = np.bincount(group, weights=(into - out)[rows], minlength=len(keys))
        moved = np.bincount(group, minlength=len(keys))
        slack = UNIT_SLACK * moved if valuation == "units" else _HALF_CENT * 2 * moved
        off = np.abs(net) > slack
        tested += len(keys)
        failed += int(off.sum())
        at = rows[first[off]]
        amount = np.asarray(net[off], dtype=np.float64)
        money = amount * average[panel.sku_code[at]] if valuation == "units" else amount
        if valuation == "cost" or "cost" not in panel.blocks:
            dollars += float(np.nansum(np.abs(money)))
        log.add(
            panel, 3, at,
            valuation=valuation, kind="transfers do not net to zero",
            units=amount if valuation == "units" else np.full(len(at), np.nan),
            dollars=money,
            column=f"transfers_in_{valuation}",
            cause="transfers in less transfers out of the SKU over all locations of the period",
            stops=panel.is_current[at] & (valuation == "units"),
        )  # fmt: skip
    return FootTest(3, TEST_NAMES[3], tested, failed, dollars,
                    "units 0.000001, cost one cent a row, by SKU and period",
                    "; ".join(notes))  # fmt: skip


def _average_by_sku(panel: Panel, counted: Bools) -> Floats:
    """Give cost over units of each SKU, all locations and periods together."""
    units, cost = panel.blocks.get("units"), panel.blocks.get("cost")
    if units is None or cost is None:
        return np.full(len(panel.skus), np.nan)
    known = counted & ~np.isnan(units.eop) & ~np.isnan(cost.eop)
    code, n = panel.sku_code[known], len(panel.skus)
    held = np.bincount(code, weights=units.eop[known], minlength=n)
    value = np.bincount(code, weights=cost.eop[known], minlength=n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(held > 0, value / held, np.nan)


@dataclass(frozen=True, slots=True)
class LedgerTie:
    """EOP at cost against the general ledger."""

    eop_cost: float
    gl_inventory: float
    difference: float
    consigned_cost: float
    basis: str


def ledger(
    panel: Panel,
    own: Bools,
    consigned: Bools,
    control: Control,
    gather: Gather,
    beside: float = 0.0,
) -> tuple[FootTest, LedgerTie]:
    """Test 4: EOP at cost of the current period is what the ledger says.

    Parameters
    ----------
    panel
        The balance set.
    own
        Current rows that count, consigned goods among them.
    consigned
        Rows at consignment locations: not the entity's goods, so the ledger is compared without
        them first, and with them where it holds them.
    control
        Names the ledger balance.
    gather
        Where the finding goes.
    beside
        Cost of items kept beside the workbook; the ledger holds them too.
    """
    block = panel.blocks.get("cost")
    if block is None:
        tie = LedgerTie(np.nan, control.gl_inventory, np.nan, 0.0, "no cost block")
        return FootTest(4, TEST_NAMES[4], 0, 0, 0.0, "", "no cost block"), tie
    eop = block.eop
    known = own & ~np.isnan(eop)
    fractional = np.abs(eop * 100 - np.round(eop * 100)) > 1e-4  # noqa: PLR2004 - float noise
    slack = _HALF_CENT * (1 + int((fractional & known).sum()))
    everything = float(np.sum(eop[known]))
    held = float(np.sum(eop[known & consigned]))
    total, basis = everything - held, ""
    if held and abs(everything + beside - control.gl_inventory) <= slack:
        total, basis = everything, "the ledger holds goods at consignment locations"
    elif held:
        basis = f"goods at consignment locations ({held:,.2f}) are left out"
    # Lines carry cents, their sum carries the noise of binary fractions beyond them.
    total = round(total, 6)
    if beside:
        basis = "; ".join(filter(None, [basis, f"{beside:,.2f} is kept beside the workbook"]))
    difference = round(total + beside - control.gl_inventory, 6)
    tie = LedgerTie(total, control.gl_inventory, difference, held, basis)
    unknown = int((own & np.isnan(eop)).sum())
    note = "; ".join(filter(None, [basis, f"{unknown} EOP unknown" if unknown else ""]))
    if np.isnan(control.gl_inventory) or not known.any():
        note = "the ledger balance is unknown" if known.any() else "no rows in the period"
        return FootTest(4, TEST_NAMES[4], 0, 0, 0.0, "", note), tie
    if unknown:  # what is unknown is not zero: the rest of it ties to nothing
        return FootTest(4, TEST_NAMES[4], 0, 0, 0.0, "", note), tie
    failed = abs(difference) > slack
    if failed:
        gather.one(
            "BS130", sheet=control.sheet, cell=control.cells.get("gl_inventory", ""),
            dollars=abs(difference), eop=f"{total + beside:,.2f}",
            gl=f"{control.gl_inventory:,.2f}",
            difference=f"{difference:+,.2f}", basis=f" ({basis})" if basis else "",
        )  # fmt: skip
    return FootTest(4, TEST_NAMES[4], 1, int(failed), abs(difference) if failed else 0.0,
                    f"{slack:,.3f} (half a cent, and half a cent a line with fractions of one)",
                    note), tie  # fmt: skip


def impossible_stock(
    panel: Panel, counted: Bools, consigned: Bools, log: BreakLog, cost_of: Floats
) -> FootTest:
    """Test 7: no units without cost, no cost without units, nothing below zero.

    Goods at consignment locations may stand at no cost. Earlier periods are said, not stopped.
    """
    units_block, cost_block = panel.blocks.get("units"), panel.blocks.get("cost")
    if units_block is None or cost_block is None:
        return FootTest(7, TEST_NAMES[7], 0, 0, 0.0, "", "no units block or no cost block")
    units, cost = units_block.eop, cost_block.eop
    nothing = np.abs(cost) <= cost_block.slack
    kinds = {
        "negative on-hand": units < -UNIT_SLACK,
        "negative cost": (units >= -UNIT_SLACK) & (cost < 0) & ~nothing,
        "units without cost": (units > UNIT_SLACK) & (np.abs(cost) < _HALF_CENT) & ~consigned,
        "cost without units": (np.abs(units) <= UNIT_SLACK) & (cost > 0) & ~nothing,
    }
    failed, dollars = 0, 0.0
    for kind, bad in kinds.items():
        rows = np.flatnonzero(bad & counted)
        if kind == "units without cost":
            opening = np.where(
                units_block.bop > 0, cost_block.bop / _positive(units_block.bop), np.nan
            )
            money = units[rows] * opening[rows]
        else:
            money = np.where(cost[rows] != 0, cost[rows], units[rows] * cost_of[rows])
        failed += len(rows)
        dollars += float(np.nansum(np.abs(money)))
        log.add(
            panel, 7, rows,
            valuation="units" if kind in _UNIT_KINDS else "cost",
            kind=kind, units=units[rows], dollars=money,
            column="eop_units" if kind in _UNIT_KINDS else "eop_cost",
            cause="", stops=panel.is_current[rows],
        )  # fmt: skip
    tested = int((counted & ~np.isnan(units) & ~np.isnan(cost)).sum())
    return FootTest(7, TEST_NAMES[7], tested, failed, dollars,
                    "units 0.000001; a cost within the row's rounding counts as none")  # fmt: skip


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def retail_at_ticket(panel: Panel, counted: Bools, master: Table, log: BreakLog) -> FootTest:
    """Test 9: EOP at retail is units at the current ticket price (said, never stopped)."""
    block, units_block = panel.blocks.get("retail"), panel.blocks.get("units")
    frame = master.frame
    if block is None or units_block is None:
        return FootTest(9, TEST_NAMES[9], 0, 0, 0.0, "", "no retail block")
    if "ticket_price" not in frame:
        return FootTest(9, TEST_NAMES[9], 0, 0, 0.0, "", "ItemMaster has no ticket price")
    prices = dict(zip(frame["sku"], frame["ticket_price"].to_numpy(), strict=True))
    ticket_of = np.array([prices.get(s, np.nan) for s in panel.skus], dtype=np.float64)
    rows = np.flatnonzero(counted & panel.is_current)
    if not len(rows):
        return FootTest(9, TEST_NAMES[9], 0, 0, 0.0, "", "no rows in the period")
    ticket = ticket_of[panel.sku_code[rows]]
    difference = block.eop[rows] - units_block.eop[rows] * ticket
    tested = ~np.isnan(difference)
    off = tested & (np.abs(difference) > _HALF_CENT * 2 + 1e-9 * np.abs(block.eop[rows]))
    at = rows[off]
    log.add(
        panel, 9, at, valuation="retail", kind="retail not at ticket price",
        units=np.full(len(at), np.nan), dollars=difference[off], column="eop_retail",
        cause="EOP at retail less units x ticket price", stops=np.zeros(len(at), dtype=bool),
    )  # fmt: skip
    return FootTest(9, TEST_NAMES[9], int(tested.sum()), int(off.sum()),
                    float(np.abs(difference[off]).sum()), "one cent a row, current period only",
                    f"{int((~tested).sum())} rows without a ticket price or retail"
                    if (~tested).any() else "")  # fmt: skip
