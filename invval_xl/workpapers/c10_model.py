"""C-10 Model: the card of the trained model, and its evidence beside the rule-based reserve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.card import build_card
from invval_xl.workpapers.case import Case, close_paper, open_paper
from invval_xl.workpapers.paper import Column, texts
from invval_xl.workpapers.sums import criterion, money_by

if TYPE_CHECKING:
    from invval_xl.models.card import CardTable
    from invval_xl.reserving.prediction import Prediction
    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper
    from invval_xl.workpapers.paper import Sheet

__all__ = ["lay_model"]

NAME = "C-10 Model"
_COLUMNS = 10
_SHOWN = 40


def lay_model(case: Case, prediction: Prediction, c3: LcnrvPaper) -> Sheet:
    """Lay C-10: both amounts by category, the lines they differ on most, the card."""
    card = build_card(prediction.model)
    sheet = open_paper(
        case,
        NAME,
        "Show what the trained model predicts, how it was judged, and what of it is posted.",
        [f"Model {card.model_id}, trained by invval train on this workbook's own history."],
        [
            "Every line is scored at the close; on C-3 the loss of its ordinary demand is"
            " integrated over outcomes and prices, at the liquidation and selling rates there.",
            "What is posted is the rule's amount, or the model's where valuation_basis says so.",
            "A horizon whose gates failed is answered by the refitted ageing table, and says so.",
        ],
        columns=_COLUMNS,
    )
    sheet.text(card.summary, "value")
    sheet.text(
        f"Outcomes within 60 days answered by the {prediction.answered_by}; markdown rates by: "
        f"{prediction.markdown_answered_by}.",
        "text",
    )
    if prediction.interval_factor != 1.0:
        sheet.text(
            "Intervals recalibrated: the half-width of every 80 % interval of the model is"
            f" multiplied by {prediction.interval_factor:.2f}, as past cohorts ask for it (C-11).",
            "text",
        )
    sheet.space()
    _categories(case, prediction, c3, sheet)
    sheet.space()
    _lines(case, prediction, c3, sheet)
    sheet.widths[1] = 50  # the names of gates, in full
    for table in card.tables:
        sheet.space()
        _card_table(sheet, table)
    close_paper(
        sheet,
        [
            f"Posted: {case.method}.",
            "Where the rule is posted the prediction is evidence beside it (AS 2501.09;"
            " ISA 540.18).",
        ],
        ["F", "IC"],
        ["C-1 Lead", "C-3 LCNRV", "C-9 Sensitivity"],
        columns=_COLUMNS,
    )
    return sheet


def _categories(case: Case, prediction: Prediction, c3: LcnrvPaper, sheet: Sheet) -> None:
    """Rule-based requirement and predicted loss by category."""
    sheet.section("Both amounts, by category", _COLUMNS)
    lines = case.lines
    names = sorted(set(lines["category"]))
    r = c3.place.range
    frame = case.proposal.frame
    rule, model, posted = (
        money_by(frame[name], frame["category"], names)
        for name in ("rule_required", "model_required", "required")
    )

    chosen = criterion("[category]")

    def summed(name: str) -> str:
        return f"=ROUND(SUMIFS({r(name)},{r('category')},{chosen}),2)"

    known = prediction.frame["model_reserve"].notna().to_numpy()
    sheet.table(
        [
            Column("category", "Category", texts(names), width=22),
            Column("items", "Items Scored", np.array([
                float((known & (lines["category"] == n).to_numpy()).sum()) for n in names
            ]), "count", total="sum", width=14),
            Column("rule", "Required By Rule (C-3)", rule, "money", summed("rule_required"),
                   total="sum", width=17),
            Column("model", "Required By Model (C-3)", model, "money", summed("model_required"),
                   total="sum", width=17),
            Column("difference", "Difference", np.round(model - rule, 2), "money",
                   "=ROUND([model]-[rule],2)", total="sum", width=17),
            Column("posted", "Required, Posted Basis", posted, "money", summed("required"),
                   total="sum", width=17),
        ],
        total_label="Total",
    )  # fmt: skip


def _lines(case: Case, prediction: Prediction, c3: LcnrvPaper, sheet: Sheet) -> None:
    """The lines on which rule and prediction differ most."""
    lines, said = case.lines, prediction.frame
    gap = (lines["model_required"] - lines["rule_required"]).abs().fillna(0.0)
    position = gap.nlargest(_SHOWN).index.to_numpy()
    of, by = lines.loc[position], said.loc[position]
    sheet.section("Where rule and prediction differ most", _COLUMNS)

    def amount(name: str, header: str) -> Column:
        spans = c3.spans(name, position)
        return Column(name, header, of[name].to_numpy(), "money", "={source}", {"source": spans})

    def share(name: str, header: str) -> Column:
        return Column(name, header, by[name].to_numpy(), "rate", width=13)

    sheet.table(
        [
            Column("sku", "SKU", texts(of["sku"])),
            Column("location", "Location", texts(of["location"])),
            amount("rule_required", "Required By Rule (C-3)"),
            amount("model_required", "Required By Model (C-3)"),
            share("p_full_price", "Full Price, 60 Days"),
            share("p_markdown", "Markdown, 60 Days"),
            share("p_obsolete", "Obsolete, 60 Days"),
            share("markdown_rate", "Markdown Rate"),
            share("markdown_low", "Rate, Low (80 %)"),
            share("markdown_high", "Rate, High (80 %)"),
        ]
    )  # fmt: skip


def _card_table(sheet: Sheet, table: CardTable) -> None:
    """One block of the card, cells as they are."""
    sheet.section(table.title, _COLUMNS)
    for column, header in enumerate(table.headers, start=1):
        sheet.put(sheet.row, column, header, "header")
    sheet.row += 1
    for row in table.rows:
        for column, value in enumerate(row, start=1):
            if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
                whole = float(value).is_integer()
                sheet.put(sheet.row, column, float(value), "count" if whole else "ratio_precise")
            else:
                sheet.put(sheet.row, column, "" if value is None else str(value))
        sheet.row += 1
    if table.note:
        sheet.text(table.note, "quiet")
