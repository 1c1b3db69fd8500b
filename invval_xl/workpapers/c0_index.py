"""C-0 Index: what the binder holds, on which inputs, made by which version, signed by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.workpapers.case import PAPERS, Case, open_paper
from invval_xl.workpapers.frame import TICKS, lay_exceptions, weight
from invval_xl.workpapers.paper import Column, Sheet, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["lay_index"]

NAME = "C-0 Index"
LEDGER_LABEL, ANCHOR_LABEL = "Ledger", "Ledger anchor"


def lay_index(case: Case, papers: Sequence[str]) -> Sheet:
    """Lay C-0: the list of papers with links, the inputs with their control totals, the ticks."""
    sheet = open_paper(
        case,
        NAME,
        "Find every paper of this binder, and what it was made from.",
        [],
        [],
    )
    sheet.section("Papers")
    for column, header in enumerate(
        ("Paper", "What it shows", "Prepared by", "Date", "Reviewed by", "Date"), start=1
    ):
        sheet.put(sheet.row, column, header, "header")
    sheet.row += 1
    for name in papers:
        sheet.put(sheet.row, 1, name, "link", link=f"'{name}'!A1")
        sheet.put(sheet.row, 2, PAPERS[name])
        for column in range(3, 7):
            sheet.put(sheet.row, column, None, "sign_off")
        sheet.row += 1
    sheet.space()
    _inputs(case, sheet)
    sheet.space()
    sheet.section("Run")
    facts = case.tables.facts
    sheet.facts(
        [
            ("Run id", case.run_id, "value"),
            ("Inputs sha256", case.inputs_hash, "text"),
            ("Made by", case.product, "text"),
            ("As of", f"{case.as_of:%Y-%m-%d}", "text"),
            ("Basis", case.basis, "text"),
            ("Prediction", case.method, "text"),
            ("Workbook made by", facts.application or "not stated", "circumstance"),
            ("Macros in the workbook", "yes, not run" if facts.has_macros else "none", "text"),
            ("External links", ", ".join(facts.external_links) or "none", "text"),
        ]
    )
    # Name and anchor move with every entry, a sign-off's own too: no part of what is signed.
    sheet.facts([(LEDGER_LABEL, None, "sign_off"), (ANCHOR_LABEL, None, "sign_off")])
    sheet.space()
    sheet.section("Tick marks")
    for tick, meaning in TICKS:
        sheet.put(sheet.row, 1, tick, "tick_legend")
        sheet.put(sheet.row, 2, meaning)
        sheet.row += 1
    sheet.space()
    lay_exceptions(sheet, 8)
    sheet.widths.update({1: 26, 2: 64, 3: 18, 4: 14, 5: 18, 6: 14, 7: 12, 8: 14})
    return sheet


def _inputs(case: Case, sheet: Sheet) -> None:
    """Information produced by the entity: sheets, rows, control totals, hashes."""
    sheet.section("Information produced by the entity")
    rows = []
    for name, table in case.tables.by_name.items():
        totals = sorted(table.control_totals.items(), key=lambda kv: weight(kv[0]))
        shown = totals[0] if totals else ("", float("nan"))
        rows.append(
            (
                name,
                table.sheet,
                float(len(table)),
                shown[0].replace("_", " "),
                shown[1],
                table.sha256,
            )
        )
    sheet.table(
        [
            Column("contract", "Contract", texts(r[0] for r in rows)),
            Column("sheet", "Sheet", texts(r[1] for r in rows)),
            Column("rows", "Rows", np.array([r[2] for r in rows]), "count"),
            Column("of", "Control Total Of", texts(r[3] for r in rows)),
            Column("total", "Control Total", np.array([r[4] for r in rows]), "money"),
            Column("sha256", "Sheet sha256", texts(r[5] for r in rows)),
        ]
    )
