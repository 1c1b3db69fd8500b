"""The monthly review pack: key figures, verdicts, misses to discuss, ideas, model changelog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.backtest import largest_misses
from invval_xl.monitoring.discuss import feature_ideas, kpis, method_words
from invval_xl.workpapers.paper import Column, Sheet, texts
from invval_xl.workpapers.sheet_plan import Chart, Series
from invval_xl.workpapers.styles import PALETTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.findings import Finding
    from invval_xl.monitoring.lookback import Lookback
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["monitor_pack"]

_MISSES = 40
Change = tuple[str, str, str, str, str]


def monitor_pack(
    lookback: Lookback,
    *,
    entity: str,
    currency: str,
    findings: Sequence[Finding],
    changelog: Sequence[Change] = (),
    days_to_sign_off: Sequence[float] = (),
) -> tuple[SheetPlan, ...]:
    """Describe the pack's sheets.

    Parameters
    ----------
    changelog
        Of every model: when, id, approver, who answers, head of the data's hash.
    days_to_sign_off
        Days from refresh to sign-off of each signed period, where a ledger knows them.
    """
    sheets = (
        _review(lookback, entity, currency, findings, days_to_sign_off),
        _misses(lookback, entity),
        _changes(lookback, entity, changelog),
    )
    footer = f"&L{entity.replace('&', '&&')}&C&A&R&P of &N"
    return tuple(sheet.plan(footer=footer) for sheet in sheets)


def _open(name: str, title: str, entity: str, said: str) -> Sheet:
    sheet = Sheet(name, tab_color=PALETTE["header"])
    sheet.put(1, 1, entity, "subtitle")
    sheet.put(2, 1, title, "title")
    sheet.heights[2] = 24
    sheet.put(3, 1, said, "quiet")
    sheet.row = 5
    return sheet


def _review(
    lookback: Lookback,
    entity: str,
    currency: str,
    findings: Sequence[Finding],
    days_to_sign_off: Sequence[float],
) -> Sheet:
    sheet = _open(
        "Review", f"Model review at {lookback.as_of}", entity,
        f"{len(lookback.cohorts)} cohorts, {lookback.cohorts[0].close} to"
        f" {lookback.cohorts[-1].close} | {currency} | inputs {lookback.inputs_hash[:16]}",
    )  # fmt: skip
    product = lookback.product
    sheet.text(
        f"{'RED FLAG' if lookback.flag else 'Held'} - {product.method}: {product.because}",
        "stop" if lookback.flag else "good",
    )
    sheet.space()
    sheet.section("Key figures", 10)
    for kpi in kpis(lookback, days_to_sign_off):
        sheet.put(sheet.row, 1, kpi.name, "label")
        sheet.put(sheet.row, 2, kpi.value, kpi.style)
        sheet.put(sheet.row, 3, kpi.says, "quiet")
        sheet.row += 1
    sheet.space()
    rows = lookback.rows
    closes = sorted(rows["cohort"].unique())
    served = [float(rows.loc[rows["cohort"] == c, "served"].sum()) for c in closes]
    came = [float(rows.loc[rows["cohort"] == c, "realised"].sum()) for c in closes]
    sheet.section("Served against realised", 10)
    place = sheet.table(
        [
            Column("cohort", "Cohort", texts(str(c)[:10] for c in closes), width=24),
            Column("served", "Served", np.round(served, 2), "money", total="sum", width=16),
            Column("realised", "Realised Loss", np.round(came, 2), "money", total="sum", width=16),
            Column("ratio", "Reserve Over Realised",
                   np.array([s / c if c > 0 else np.nan
                             for s, c in zip(served, came, strict=True)]),
                   "ratio", '=IF([realised]>0,[served]/[realised],"")', width=14),
        ],
        total_label="Total",
    )  # fmt: skip
    names = f"={place.range('cohort')}"
    sheet.charts.append(
        Chart(
            "column", "Reserve against realised loss",
            (Series("Served", names, f"={place.range('served')}", PALETTE["accent"]),
             Series("Realised", names, f"={place.range('realised')}", PALETTE["stop"])),
            row=place.header_row, column=6, width=520, height=260, number_format="#,##0",
        )
    )  # fmt: skip
    sheet.row = max(sheet.row, place.header_row + 14)
    sheet.space()
    _verdicts(lookback, sheet)
    sheet.space()
    sheet.section("To be read", 10)
    said = [f for f in sorted(findings, key=lambda f: f.order) if f.code.startswith("MD")]
    for f in said:
        sheet.put(sheet.row, 1, f.code, "value")
        sheet.put(sheet.row, 2, f"{f.message} {f.remedy}")
        sheet.row += 1
    if not said:
        sheet.text("Nothing of model or lookback was found.", "quiet")
    return sheet


def _verdicts(lookback: Lookback, sheet: Sheet) -> None:
    sheet.section("Who held, by category, and what values it", 10)
    found = lookback.verdicts
    basis = lookback.basis
    sheet.table(
        [
            Column("category", "Category", texts(v.category or "all" for v in found)),
            Column("method", "Method", texts(method_words(v.method) for v in found)),
            Column("ratio", "Reserve Over Realised", np.array([v.ratio for v in found]), "ratio"),
            Column("held", "Held", texts("yes" if v.holds else "no" for v in found), "center",
                   styles=texts("good" if v.holds else "stop" for v in found)),
            Column("state", "State", texts(lookback.states.get(v.category, "") for v in found)),
            Column("basis", "Valued By", texts(basis.get(v.category, "") for v in found)),
            Column("because", "Because", texts(v.because for v in found), width=60),
        ]
    )  # fmt: skip


def _misses(lookback: Lookback, entity: str) -> Sheet:
    """The largest misses with the facts known at the close, and what they crowd in."""
    said = "Largest differences of served and realised, with the facts known at the close"
    sheet = _open("Misses", "Errors worth discussing", entity, said)
    found = largest_misses(lookback.rows, _MISSES)

    def number(name: str, header: str, style: str) -> Column:
        return Column(name, header, found[name].to_numpy(dtype=np.float64), style, width=14)

    def word(name: str, header: str, width: float = 14) -> Column:
        return Column(name, header, texts(found[name]), width=width)

    sheet.table(
        [
            Column("cohort", "Cohort", texts(str(c)[:10] for c in found["cohort"]), width=24),
            word("sku", "SKU"),
            word("location", "Location"),
            word("description", "Description", 26),
            word("category", "Category", 18),
            word("supplier", "Supplier", 18),
            word("tier", "Risk Tier"),
            number("cost", "Cost", "money"),
            number("served", "Served", "money"),
            number("realised", "Realised Loss", "money"),
            number("error", "Error", "money"),
            number("rule", "Rule (C-3)", "money"),
            number("model", "Model", "money"),
            number("age_days", "Age, Days", "days"),
            number("days_since_last_sale", "Days Since Last Sale", "days"),
            number("daily_rate", "Daily Rate", "per_day"),
            number("price", "Price", "unit_price"),
            number("p_obsolete", "Obsolete, 60 Days", "rate"),
            number("units", "Units Then", "units"),
            number("units_left", "Units Left", "units"),
        ],
        filters=True,
    )
    sheet.space()
    sheet.section("Where the misses crowd, and facts that might tell", 10)
    ideas = feature_ideas(lookback.rows)
    if not ideas:
        sheet.text("No group holds much more of the missed dollars than of the cost.", "quiet")
        return sheet
    sheet.table(
        [
            Column("dimension", "Group By", texts(i.dimension.replace("_", " ") for i in ideas)),
            Column("value", "Group", texts(i.value for i in ideas)),
            Column("lines", "Lines", np.array([float(i.lines) for i in ideas]), "count"),
            Column("missed", "Missed", np.array([i.missed for i in ideas]), "money"),
            Column("share", "Of All Missed", np.array([i.missed_share for i in ideas]), "rate"),
            Column("cost", "Of Cost", np.array([i.cost_share for i in ideas]), "rate"),
            Column("idea", "Feature Idea", texts(i.idea for i in ideas)),
        ]
    )
    return sheet


def _changes(lookback: Lookback, entity: str, changelog: Sequence[Change]) -> Sheet:
    """Every model ever sealed for the workbook, and every move of the roll-out."""
    said = "Every model sealed for this workbook, and every category that changed its basis"
    sheet = _open("Changelog", "Model changelog", entity, said)
    sheet.section("Models", 8)
    if changelog:
        headers = ("Trained At", "Model", "Approver", "Answered By", "Data")
        sheet.table(
            [
                Column(f"c{i}", header, texts(row[i] for row in changelog), width=26)
                for i, header in enumerate(headers)
            ]
        )
    else:
        sheet.text("No model was put into service for this workbook.", "quiet")
    sheet.space()
    sheet.section("Roll-out", 8)
    for event in lookback.rollout.events:
        sheet.text(
            f"{event.as_of} {event.category}: {event.was} becomes {event.now}; {event.because}."
        )
    if not lookback.rollout.events:
        sheet.text("No category has entered or left.", "quiet")
    sheet.space()
    sheet.section("Models of the past closes", 8)
    for note in lookback.cohorts:
        sheet.text(f"{note.close}: {note.model_id or 'no model'}"
                   + (f"; {note.because}" if note.because else ""))  # fmt: skip
    sheet.widths[1] = 26
    return sheet
