"""The case a binder is written about: everything the papers draw on, and the frame they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.terms import Basis
from invval_xl.workpapers.frame import exceptions_of, lay_exceptions, lay_legend, stated_inputs
from invval_xl.workpapers.paper import Sheet

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd

    from invval_xl.accounting.journal import JournalEntry
    from invval_xl.findings import Finding
    from invval_xl.monitoring.lookback import Lookback
    from invval_xl.reserving.brought_forward import BroughtForward
    from invval_xl.reserving.commitments import Commitments
    from invval_xl.reserving.conservation import Conservation
    from invval_xl.reserving.kept_beside import ValuedBeside
    from invval_xl.reserving.prediction import Prediction
    from invval_xl.reserving.proposal import Proposal
    from invval_xl.tables.table import Control, Tables
    from invval_xl.workpapers.c7_review import Review

__all__ = ["PAPERS", "Case", "close_paper", "open_paper"]

PAPERS: dict[str, str] = {
    "Dashboard": "The period at a glance",
    "C-0 Index": "What this binder holds, on what inputs, by which version",
    "C-1 Lead": "Reserve by category and by test, tied to the general ledger",
    "C-2 Balance Set": "Inventory is conserved in units, cost and retail",
    "C-3 LCNRV": "Every SKU x location x tranche: cost, price, NRV, tests, write-down",
    "C-4 Rollforward": "Opening + charge - utilization - reversal = closing, item by item",
    "C-5 Journal": "The entries to post, in whole cents",
    "C-6 Rationale": "Why each line is reserved, and what would change it",
    "C-7 Review": "What a person decides, before it is posted",
    "C-8 Exceptions": "Where the recommendation moves most from the current reserve",
    "C-9 Sensitivity": "What the reserve would be under other assumptions",
    "C-10 Model": "What the trained model predicts, how it was judged",
    "C-11 Lookback": "What was predicted at past closes against what came",
    "C-12 Findings": "Everything found on the way, with the dollars at stake",
    "Dashboard Data": "The lines and lists the Dashboard chooses from",
}


@dataclass(frozen=True, eq=False)
class Case:
    """One refreshed period. ``run_id`` names it; ``inputs_hash`` binds it to what was read."""

    tables: Tables
    conservation: Conservation
    proposal: Proposal
    brought_forward: BroughtForward
    journal: tuple[JournalEntry, ...]
    commitments: Commitments | None
    prediction: Prediction | None
    lines: pd.DataFrame
    rollforward: pd.DataFrame
    findings: tuple[Finding, ...]
    run_id: str
    inputs_hash: str
    product: str
    as_of: dt.date
    review: Review | None = None
    lookback: Lookback | None = None
    beside: ValuedBeside | None = None
    decided_outcomes: pd.DataFrame | None = None

    @property
    def looks_back(self) -> bool:
        """Whether C-11 has anything to show: a lookback, or decisions of earlier closes."""
        return self.lookback is not None or self.decided_outcomes is not None

    @property
    def control(self) -> Control:
        """The Control sheet, with the framework the run was asked for."""
        return self.tables.control

    @property
    def basis(self) -> str:
        """Framework, method, test and currency in one line."""
        control = self.control
        test = (
            "lower of cost or market"
            if self.proposal.measurement == "lcm"
            else ("lower of cost and net realizable value")
        )
        return (
            f"{control.framework.label} | {control.cost_method.label} | {test} | {control.currency}"
        )

    @property
    def method(self) -> str:
        """What answers for the prediction of prices and demand."""
        if self.prediction is None:
            return "rule-based, no model"
        by_model = int((self.lines["basis"] == Basis.MODEL).sum())
        name = self.prediction.name
        if not by_model:
            return f"rule-based; model {name} beside it on C-10"
        return f"{by_model:,} of {len(self.lines):,} items by model {name}, the others rule-based"


def open_paper(
    case: Case,
    name: str,
    purpose: str,
    source: Sequence[str],
    procedure: Sequence[str],
    *,
    inputs: Sequence[str] = (),
    columns: int = 8,
    tab_color: str = "24405E",
) -> Sheet:
    """Start a paper with the frame every one of them carries (accounting.md C3).

    ``source`` are sentences; ``inputs`` the contracts of the sheets the paper rests on, stated
    with their file, rows, control total and hash.
    """
    sheet = Sheet(name, tab_color=tab_color)
    sheet.exceptions = exceptions_of(name, case.findings)
    control = case.control
    sheet.put(1, 1, f"{control.entity}", "subtitle")
    sheet.put(2, 1, f"{name}  {PAPERS[name]}", "title")
    sheet.heights[2] = 24
    sheet.put(3, 1, f"Period end {case.as_of:%Y-%m-%d} | {case.basis} | {case.method}", "quiet")
    sheet.put(4, 1, f"Run {case.run_id} | inputs {case.inputs_hash[:16]} | {case.product}", "quiet")
    sheet.row = 5
    sheet.put(5, 1, "Prepared by", "label")
    sheet.put(5, 2, control.preparer or None, "sign_off")
    sheet.put(5, 3, "Date", "label")
    sheet.put(5, 4, None, "sign_off")
    sheet.put(5, 5, "Reviewed by", "label")
    sheet.put(5, 6, None, "sign_off")
    sheet.put(5, 7, "Date", "label")
    sheet.put(5, 8, None, "sign_off")
    if name != "C-0 Index":
        sheet.put(1, 8, "Index", "link", link="'C-0 Index'!A1")
    sheet.row = 7
    sheet.section("Purpose", columns)
    sheet.text(purpose)
    sheet.space()
    stated = [*source, *stated_inputs(case.tables, inputs)]
    if stated:
        sheet.section("Source", columns)
        for line in stated:
            sheet.text(line)
        sheet.space()
    if procedure:
        sheet.section("Procedure", columns)
        for number, line in enumerate(procedure, start=1):
            sheet.text(f"{number}. {line}")
        sheet.space()
    return sheet


def close_paper(
    sheet: Sheet,
    conclusion: Sequence[str],
    ticks: Sequence[str] = (),
    links: Sequence[str] = (),
    *,
    columns: int = 8,
) -> None:
    """End a paper with its legend, its exceptions, its conclusion and where it leads.

    The legend tells the ticks that were placed, each beside a figure it was found to hold for;
    ``ticks`` are those the procedure asks for, which a test holds against the placed ones.
    """
    sheet.space()
    sheet.promised = tuple(ticks)
    lay_legend(sheet, columns)
    lay_exceptions(sheet, columns)
    sheet.section("Conclusion", columns)
    for line in conclusion:
        sheet.text(line)
    sheet.space()
    sheet.put(sheet.row, 1, "See also", "label")
    for offset, name in enumerate(links):
        sheet.put(sheet.row, 2 + offset, name, "link", link=f"'{name}'!A1")
    sheet.see_also = (sheet.row, 2 + len(links))
    sheet.row += 1
