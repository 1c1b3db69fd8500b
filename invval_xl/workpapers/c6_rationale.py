"""C-6 Rationale: for each reserved line, in sentences an auditor can read, with live amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.grading import NOT_DETERMINED
from invval_xl.reserving.rationale import explain
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Sheet, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper

__all__ = ["lay_rationale"]

NAME = "C-6 Rationale"
_COLUMNS = 10


def _beside(case: Case, amount: Callable[[str, str], Column]) -> list[Column]:
    """The amounts by model, by rule and by table, where a model was trained."""
    if case.prediction is None:
        return []
    return [
        amount("model_required", "Required By Model"),
        amount("rule_required", "Required By Rule"),
        amount("age_table_reserve", "Ageing Table (Evidence)"),
        amount("coverage_table_reserve", "Coverage Table (Evidence)"),
    ]


def lay_rationale(case: Case, c3: LcnrvPaper) -> Sheet:
    """Lay C-6, the largest requirement first; what the policy leaves out is totalled."""
    floor = case.proposal.policy.number("rationale_floor")
    lines = case.lines
    closing, sku = lines["closing"].to_numpy(dtype=float), lines["sku"].to_numpy(dtype=object)
    known = lines["determined"].to_numpy(dtype=bool)
    weight = np.fmax(lines["required"].to_numpy(dtype=float), closing)
    weight[np.isnan(weight)] = 0.0
    reserved = np.flatnonzero((weight > floor) | ~known)
    reserved = reserved[np.lexsort((sku[reserved], -weight[reserved]))]
    most = int(case.proposal.policy.number("rationale_lines"))
    explained = ~known[reserved] | (np.cumsum(known[reserved]) <= most)
    further = closing[reserved[~explained]]
    below = closing[(weight > 0) & (weight <= floor) & known]
    shown = lines.iloc[reserved[explained]]
    sheet = open_paper(
        case,
        NAME,
        "Say for each reserved item what, why, by which rule, how much, and what would change it.",
        ["C-3 LCNRV; A numbers are the assumptions listed there."],
        [
            "Every sentence is made from the figures of the item's own rows on C-3.",
            "Low and high: the requirement at the ends of the alternatives of C-9; no single"
            " figure stands without them.",
            "The action is what is worth most after carrying cost; advice, not a measure of NRV.",
            *(
                [
                    "Prediction: the trained model's chances, interval and tested drivers, beside"
                    " the amounts by rule and by table (AS 2501.09; ISA 540.18)."
                ]
                if case.prediction is not None
                else []
            ),
        ],
        columns=_COLUMNS,
    )
    sheet.section("Results", _COLUMNS)
    if not len(shown):
        sheet.text("No item requires a reserve.", "value")
        close_paper(sheet, ["Nothing to explain."], [], ["C-3 LCNRV"], columns=_COLUMNS)
        return sheet
    reasons = explain(case.proposal, case.tables, shown, case.prediction)
    position = shown.index.to_numpy()

    def amount(name: str, header: str) -> Column:
        """The line's sum on C-3; where no row of it is known, the words and never a zero."""
        values = shown[name].to_numpy(dtype=object)
        unknown = shown[name].isna().to_numpy()
        values[unknown] = NOT_DETERMINED
        sources = np.where(unknown, f'"{NOT_DETERMINED}"', c3.spans(name, position))
        return Column(
            name, header, values, "money", "={source}", {"source": sources}, total="sum", width=12
        )

    place = sheet.table(
        [
            Column("sku", "SKU", shown["sku"].to_numpy(dtype=object), width=12),
            Column("location", "Location", shown["location"].to_numpy(dtype=object), width=9),
            Column("category", "Category", shown["category"].to_numpy(dtype=object), width=12),
            Column(
                "tier",
                "Risk Tier",
                shown["tier"].to_numpy(dtype=object),
                "center",
                width=9,
                styles=texts(f"tier_{t}" for t in shown["tier"]),
            ),
            amount("cost", "Cost"),
            amount("required", "Required Reserve"),
            amount("low", "Required, Low"),
            amount("high", "Required, High"),
            amount("write_down", "Write-down"),
            amount("closing", "Closing Reserve"),
            *_beside(case, amount),
            Column("rule", "Rule", texts(r.rule for r in reasons), "wrap", width=14),
            Column("why", "What And Why", texts(r.why for r in reasons), "wrap", width=62),
            Column(
                "change", "What Would Change It", texts(r.change for r in reasons), "wrap", width=26
            ),
            Column(
                "missing", "Missing Inputs", texts(r.missing for r in reasons), "wrap", width=20
            ),
            *(
                [
                    Column(
                        "predicted",
                        "Prediction And Its Drivers",
                        texts(r.predicted for r in reasons),
                        "wrap",
                        width=50,
                    )
                ]
                if case.prediction is not None
                else []
            ),
            Column("action", "Action", texts(r.action for r in reasons), "center", width=12),
            Column(
                "because", "Why This Action", texts(r.because for r in reasons), "wrap", width=24
            ),
            Column(
                "watch",
                "Watch In The Next 30 Days",
                texts(r.watch for r in reasons),
                "wrap",
                width=30,
            ),
        ],
        total_label="Total",
        filters=True,
    )
    sheet.freeze = (place.header_row + 1, 3)
    sheet.repeat_rows = (place.header_row, place.header_row)
    rest = float(np.nansum(below))
    close_paper(
        sheet,
        [
            f"{len(shown):,} item(s) explained."
            + (
                f" {len(below):,} further item(s) below {floor:,.2f} close at {rest:,.2f} together."
                if len(below)
                else ""
            )
            + (
                f" {len(further):,} further item(s), none of them larger, close at"
                f" {np.nansum(further):,.2f} together (rationale_lines); C-3 has the"
                " figures of each."
                if len(further)
                else ""
            ),
        ],
        ["F", "IC"],
        ["C-3 LCNRV", "C-9 Sensitivity"],
        columns=_COLUMNS,
    )
    return sheet
