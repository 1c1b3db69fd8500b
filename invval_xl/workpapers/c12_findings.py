"""C-12 Findings: everything found, most severe first, each with its cell and its dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import Severity
from invval_xl.guidance.register import register
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, Sheet, texts

if TYPE_CHECKING:
    from invval_xl.findings import Finding

__all__ = ["lay_findings"]

NAME = "C-12 Findings"
_STYLE = {Severity.STOP: "stop", Severity.WARN: "warn", Severity.NOTE: "quiet"}


def lay_findings(case: Case) -> Sheet:
    """Lay C-12 from the run's findings."""
    found = sorted(case.findings, key=lambda f: f.order)
    sheet = open_paper(
        case,
        NAME,
        "List every exception met while reading, checking and valuing.",
        ["All sheets read; the register of codes is printed in function_reference.xlsx."],
        ["Severity: STOP refuses the run, WARN is read before posting, NOTE is said."],
    )
    counts = {s: sum(f.severity is s for f in found) for s in Severity}
    sheet.section("Results")
    sheet.text(", ".join(f"{counts[s]} {s.value}" for s in Severity), "value")
    sheet.space()
    if found:
        sheet.table(_columns(found), filters=True)
        sheet.freeze = (0, 0)
    close_paper(
        sheet,
        [
            "Nothing was found."
            if not found
            else f"{counts[Severity.WARN]} warning(s) to be read and cleared before posting."
        ],
        [],
        ["C-1 Lead", "C-2 Balance Set", "C-3 LCNRV"],
    )
    return sheet


def _columns(found: list[Finding]) -> list[Column]:
    dollars = np.array([np.nan if f.dollars is None else f.dollars for f in found])
    return [
        Column("code", "Code", texts([f.code for f in found]), width=14),
        Column(
            "severity",
            "Severity",
            texts([f.severity.value for f in found]),
            width=18,
            styles=texts([_STYLE[f.severity] for f in found]),
        ),
        Column("sheet", "Sheet", texts([f.sheet for f in found]), width=16),
        Column("cell", "Cell", texts([f.cell for f in found]), width=14),
        Column("dollars", "Dollars At Stake", dollars, "money", width=16),
        Column("title", "Finding", texts([register()[f.code].title for f in found]), width=34),
        Column("message", "What", texts([f.message for f in found]), "wrap", width=80),
        Column("remedy", "What To Do", texts([f.remedy for f in found]), "wrap", width=60),
        Column("paragraph", "Paragraph", texts([f.paragraph for f in found]), width=26),
    ]
