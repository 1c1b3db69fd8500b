"""The binder: the papers of one case, in order, each laid over the ones it draws on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.workpapers.c0_index import lay_index
from invval_xl.workpapers.c1_lead import lay_lead
from invval_xl.workpapers.c2_balance_set import lay_balance_set
from invval_xl.workpapers.c3_lcnrv import lay_lcnrv
from invval_xl.workpapers.c4_rollforward import lay_rollforward
from invval_xl.workpapers.c5_journal import lay_journal
from invval_xl.workpapers.c6_rationale import lay_rationale
from invval_xl.workpapers.c7_review import lay_review
from invval_xl.workpapers.c8_exceptions import lay_exceptions_paper
from invval_xl.workpapers.c9_sensitivity import lay_sensitivity
from invval_xl.workpapers.c10_model import lay_model
from invval_xl.workpapers.c11_lookback import lay_lookback
from invval_xl.workpapers.c12_findings import lay_findings
from invval_xl.workpapers.case import PAPERS, Case
from invval_xl.workpapers.dashboard import lay_dashboard
from invval_xl.workpapers.dashboard_data import lay_dashboard_data
from invval_xl.workpapers.frame import join_papers

if TYPE_CHECKING:
    from invval_xl.workpapers.paper import Sheet
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["build_binder"]


def build_binder(case: Case) -> tuple[SheetPlan, ...]:
    """Lay every paper of the case; the order is that of the tabs."""
    absent = {"C-10 Model"} if case.prediction is None else set()
    absent |= set() if case.looks_back else {"C-11 Lookback"}
    absent |= {"C-7 Review"} if case.review is None else set()
    papers = tuple(p for p in PAPERS if p not in absent)
    c3 = lay_lcnrv(case)
    c7 = lay_review(case, case.review, c3) if case.review is not None else None
    decided = c7.decided if c7 is not None else None
    c4 = lay_rollforward(case, c3, decided)
    lead = lay_lead(case, c3, c4, decided)
    data = lay_dashboard_data(case, c3)
    rationale = lay_rationale(case, c3)
    sheets: dict[str, Sheet] = {
        "Dashboard": lay_dashboard(case, c3, c4, data),
        "C-0 Index": lay_index(case, papers),
        "C-1 Lead": lead.sheet,
        "C-2 Balance Set": lay_balance_set(case),
        "C-3 LCNRV": c3.sheet,
        "C-4 Rollforward": c4.sheet,
        "C-5 Journal": lay_journal(case, lead.place, lead.beside),
        "C-6 Rationale": rationale,
    }
    if c7 is not None:
        sheets["C-7 Review"] = c7.sheet
    sheets["C-8 Exceptions"] = lay_exceptions_paper(case, lead, c3, c4, rationale)
    sheets["C-9 Sensitivity"] = lay_sensitivity(case, c3)
    if case.prediction is not None:
        sheets["C-10 Model"] = lay_model(case, case.prediction, c3)
    if case.looks_back:
        sheets["C-11 Lookback"] = lay_lookback(case)
    sheets["C-12 Findings"] = lay_findings(case)
    sheets["Dashboard Data"] = data.sheet
    assert tuple(sheets) == papers, "the index lists the papers that are there"
    join_papers(sheets)
    entity = case.control.entity.replace("&", "&&")  # a single one is a code in a footer
    footer = f"&L{entity}&C&A&R&P of &N"
    header = f"&L{case.product}&R{case.as_of:%Y-%m-%d}, run {case.run_id}"
    return tuple(sheet.plan(header=header, footer=footer) for sheet in sheets.values())
