"""C-11 Lookback: what was predicted at past closes against what came, recomputed on the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.monitoring.discuss import kpis
from invval_xl.workpapers.c11_base import Base, base_rows, lay_base
from invval_xl.workpapers.c11_charts import charts_of
from invval_xl.workpapers.c11_decided import lay_decided
from invval_xl.workpapers.c11_drift import lay_demand, lay_drift
from invval_xl.workpapers.c11_tables import (
    lay_adjustments,
    lay_bias,
    lay_cohorts,
    lay_comparisons,
    lay_intervals,
    lay_losses,
    lay_ratios,
    lay_rollout,
    lay_verdicts,
)
from invval_xl.workpapers.case import Case, close_paper, open_paper

if TYPE_CHECKING:
    from invval_xl.monitoring.lookback import Lookback
    from invval_xl.workpapers.paper import Place, Sheet

__all__ = ["lay_lookback"]

NAME = "C-11 Lookback"
COLUMNS = 14
_CHART_ROWS = 17
_FOLLOWED = (
    "Follow the units held then, first in first out, to sales, disposals and markouts;"
    " re-estimate what is unsold: what the present rate of sale takes within the rest of the"
    " demand horizon at the present price, the others at what disposals bring."
)


def lay_lookback(case: Case) -> Sheet:
    """Lay C-11: what a lookback says of past closes, and who was right on decided lines."""
    return _decisions_only(case) if case.lookback is None else _whole(case, case.lookback)


def _decisions_only(case: Case) -> Sheet:
    """Where nobody ran a lookback the decisions taken still have their outcome."""
    sheet = open_paper(
        case,
        NAME,
        "Look back at what was decided at earlier closes: what became of the goods.",
        ["Decisions as the ledger holds them; outcomes from this workbook's own sheets."],
        [_FOLLOWED],
        columns=COLUMNS,
    )
    _lay_decided(case, sheet)
    close_paper(
        sheet,
        ["No lookback over whole closes stands beside the workbook: invval monitor makes one."],
        ["F", "RC"],
        ["C-7 Review", "C-12 Findings"],
        columns=COLUMNS,
    )
    return sheet


def _lay_decided(case: Case, sheet: Sheet) -> None:
    if case.decided_outcomes is not None:
        sheet.space()
        lay_decided(sheet, case.decided_outcomes)


def _whole(case: Case, lookback: Lookback) -> Sheet:
    """Verdict, charts, the tables that recompute it, the cohort table they draw on."""
    rows = base_rows(lookback)
    # the cohort table stands last and is named by all before it: laid once to learn its place
    scratch = _upper(case, lookback, Base.nowhere(NAME, rows))[0]
    sheet, places = _upper(case, lookback, Base.at(NAME, rows, scratch.row + 1))
    sheet.space()
    printed = sheet.last_column
    lay_base(sheet, rows)
    sheet.last_column = printed  # its further columns are for the screen: print stays legible
    sheet.charts += charts_of(*places)
    close_paper(
        sheet,
        [
            "RED FLAG: the product's figure did not hold; no category is valued by model."
            if lookback.flag
            else "The product's figure held over the cohorts looked back at.",
            "An estimate that missed is not an error where it used what was known at its close"
            " (ISA 540.14, AS 2501): the rows dated after each close were not read for it.",
        ],
        ["F", "RC", "IC"],
        ["C-1 Lead", "C-3 LCNRV", "C-12 Findings"],
        columns=COLUMNS,
    )
    return sheet


def _upper(case: Case, lookback: Lookback, base: Base) -> tuple[Sheet, tuple[Place, Place, Place]]:
    """Everything above the cohort table; the places its charts draw on."""
    sheet = open_paper(
        case,
        NAME,
        "Look back at past closes: what was predicted then against what became of the goods.",
        [
            f"Closes {lookback.cohorts[0].close} to {lookback.cohorts[-1].close}, outcomes up to"
            f" {lookback.as_of}; computed by invval monitor from inputs"
            f" {lookback.inputs_hash[:16]}.",
        ],
        [
            "Value each close again with today's method from what was dated up to it; the model is"
            " one trained on that alone. Undated sheets of the present state are not read.",
            _FOLLOWED,
            "Realised = cost less net proceeds wherever they fell short. Error = reserve less"
            " realised. Every figure by cohort and group is summed by formula from the cohort"
            " table at the foot.",
        ],
        columns=COLUMNS,
    )
    product = lookback.product
    words = f"{product.method}: {product.because}"
    sheet.text(
        f"RED FLAG - {words}" if lookback.flag else f"Held - {words}",
        "stop" if lookback.flag else "good",
    )
    for note in lookback.cohorts:
        if note.because:
            sheet.text(f"{note.close}: no model; {note.because}", "quiet")
    sheet.space()
    sheet.section("Key figures", COLUMNS)
    for kpi in kpis(lookback):
        sheet.put(sheet.row, 1, kpi.name, "label")
        sheet.put(sheet.row, 2, kpi.value, kpi.style)
        sheet.put(sheet.row, 3, kpi.says, "quiet")
        sheet.row += 1
    sheet.space()
    sheet.section("Reserve against realised loss", COLUMNS)
    sheet.row += _CHART_ROWS
    cohorts = lay_cohorts(sheet, lookback, base)
    sheet.space()
    lay_ratios(sheet, lookback, cohorts)
    sheet.space()
    errors = lay_losses(sheet, lookback, base, cohorts)
    sheet.space()
    intervals = lay_intervals(sheet, lookback, base)
    for title, name in (
        ("category", "category"),
        ("risk tier", "tier"),
        ("age band", "age_band"),
        ("supplier", "supplier"),
    ):
        sheet.space()
        lay_bias(sheet, lookback, base, title, name)
    sheet.space()
    lay_adjustments(sheet, lookback, base)
    sheet.space()
    lay_verdicts(sheet, lookback)
    sheet.space()
    lay_comparisons(sheet, lookback)
    sheet.space()
    lay_rollout(sheet, lookback, base)
    _lay_decided(case, sheet)
    if lookback.drift is not None:
        sheet.space()
        lay_drift(sheet, lookback.drift)
        sheet.space()
        lay_demand(sheet, lookback.drift)
    sheet.repeat_rows = (0, 0)
    sheet.widths[1] = 24
    return sheet, (cohorts, errors, intervals)
