"""Dashboard: the period at a glance, every figure a formula on the papers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.findings import Severity
from invval_xl.workpapers.paper import Column, Place, Sheet, texts
from invval_xl.workpapers.sheet_plan import Chart, Series
from invval_xl.workpapers.styles import PALETTE, TIER_COLORS
from invval_xl.workpapers.sums import money_total

if TYPE_CHECKING:
    from invval_xl.workpapers.c1_lead import LeadPaper
    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper
    from invval_xl.workpapers.case import Case

__all__ = ["lay_dashboard"]

NAME = "Dashboard"
AGE_BANDS = ((0, 90), (91, 180), (181, 365), (366, 730), (731, 99999))
TOP = 10


def lay_dashboard(case: Case, lead: LeadPaper, c3: LcnrvPaper) -> Sheet:
    """Lay the Dashboard over C-1 and C-3."""
    sheet = Sheet(NAME, widths=(22, 17, 17, 17, 15, 15, 15, 15), tab_color=PALETTE["accent"])
    control = case.control
    sheet.put(1, 1, control.entity, "subtitle")
    sheet.put(2, 1, f"Inventory reserve at {case.as_of:%Y-%m-%d}", "title")
    sheet.heights[2] = 24
    sheet.put(3, 1, f"{case.basis} | {case.method} | run {case.run_id}", "quiet")
    sheet.put(1, 8, "Index", "link", link="'C-0 Index'!A1")
    sheet.row = 5
    _figures(case, sheet, lead)
    sheet.row = 9
    bands = _tables(case, sheet, c3)
    _charts(sheet, lead, bands)
    sheet.landscape = False
    sheet.fit_height = 1
    return sheet


def _figures(case: Case, sheet: Sheet, lead: LeadPaper) -> None:
    """The six figures a controller asks for first."""
    frame = case.proposal.frame
    place = lead.place

    def total(name: str) -> float:
        return money_total(frame[name])

    closing, cost = total("closing"), total("cost")
    warnings = sum(f.severity is Severity.WARN for f in case.findings)
    boxes = [
        ("Inventory at cost", cost, "kpi_money", f"={place.total('cost')}"),
        ("Write-down of the period", total("write_down"), "kpi_money", f"={place.total('charge')}"),
        ("Closing reserve", closing, "kpi_money", f"={place.total('closing')}"),
        (
            "Reserve to cost",
            closing / cost if cost else 0.0,
            "kpi_rate",
            f"=IF({place.total('cost')}>0,{place.total('closing')}/{place.total('cost')},0)",
        ),
        ("Required, low", total("low"), "kpi_money", f"={lead.tests.total('low')}"),
        ("Required, high", total("high"), "kpi_money", f"={lead.tests.total('high')}"),
        ("Items", float(len(case.lines)), "kpi_count", f"={place.total('items')}"),
        ("Warnings to read", float(warnings), "kpi_count", ""),
    ]
    for column, (label, value, style, formula) in enumerate(boxes, start=1):
        sheet.put(5, column, label, "kpi_label")
        sheet.put(6, column, value, style, formula=formula)
    sheet.heights[6] = 24
    at_stake = case.conservation
    sheet.put(
        7,
        1,
        "Inventory is conserved: every foot test passed."
        if at_stake.conserved
        else "Inventory is not conserved: see C-2.",
        "good" if at_stake.conserved else "warn",
    )


def _tables(case: Case, sheet: Sheet, c3: LcnrvPaper) -> Place:
    """Ageing and the largest requirements, below the charts' places."""
    r = c3.place.range
    frame = case.proposal.frame
    sheet.row = 42
    sheet.section("Largest requirements", 8)
    lines = case.lines
    largest = lines[lines["required"] > 0].nlargest(TOP, "required")
    position = largest.index.to_numpy()

    def linked(name: str, header: str, style: str, width: float = 12) -> Column:
        return Column(
            name,
            header,
            largest[name].to_numpy(),
            style,
            "={source}",
            {"source": texts(c3.place.cell(name, int(c3.first[i])) for i in position)},
            width=width,
        )

    def spanned(name: str, header: str) -> Column:
        return Column(
            name,
            header,
            largest[name].to_numpy(),
            "money0",
            "={source}",
            {"source": texts(c3.span(name, int(i)) for i in position)},
        )

    if len(largest):
        sheet.table(
            [
                linked("sku", "SKU", "text"),
                linked("location", "Location", "text"),
                linked("category", "Category", "text"),
                linked("tier", "Risk Tier", "center"),
                spanned("cost", "Cost"),
                spanned("required", "Required"),
                spanned("low", "Low"),
                spanned("high", "High"),
            ]
        )
    sheet.space()
    sheet.section("Ageing (units on original receipt date)", 8)
    labels = [
        f"{a}-{b} days" if b < AGE_BANDS[-1][1] else f"{a} days and older" for a, b in AGE_BANDS
    ]
    lower = np.array([float(a) for a, _ in AGE_BANDS])
    upper = np.array([float(b) for _, b in AGE_BANDS])

    def summed(name: str) -> str:
        age = r("age_days")
        return f'=ROUND(SUMIFS({r(name)},{age},">="&[from]-0.5,{age},"<"&[to]+0.5),2)'

    ages = frame["age_days"].to_numpy()

    def inside(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        values = np.round(np.nan_to_num(frame[name].to_numpy()) * 100)
        return np.array(
            [
                values[(ages >= a - 0.5) & (ages < b + 0.5)].sum() / 100
                for a, b in zip(lower, upper, strict=True)
            ]
        )

    return sheet.table(
        [
            Column("band", "Age", texts(labels)),
            Column("from", "From, Days", lower, "count"),
            Column("to", "To, Days", upper, "count"),
            Column("cost", "Cost", inside("cost"), "money0", summed("cost")),
            Column("closing", "Closing Reserve", inside("closing"), "money0", summed("closing")),
        ]
    )


def _charts(sheet: Sheet, lead: LeadPaper, bands: Place) -> None:
    """Reserve by category, tier mix, ageing, and the tests that bind."""
    place, tiers = lead.place, lead.tiers
    sheet.charts += [
        Chart(
            "bar",
            "Closing reserve by category",
            (
                Series(
                    "Closing reserve",
                    f"={place.range('category')}",
                    f"={place.range('closing')}",
                    PALETTE["accent"],
                ),
            ),
            row=9,
            column=1,
            width=520,
            height=300,
            legend="none",
            number_format="#,##0",
        ),
        Chart(
            "column",
            "Inventory at cost by risk tier",
            (
                Series(
                    "Cost",
                    f"={tiers.range('tier')}",
                    f"={tiers.range('cost')}",
                    points=tuple(TIER_COLORS.values()),
                ),
            ),
            row=9,
            column=5,
            width=450,
            height=300,
            legend="none",
            number_format="#,##0",
        ),
        Chart(
            "column",
            "Cost and reserve by age",
            (
                Series(
                    "Cost", f"={bands.range('band')}", f"={bands.range('cost')}", PALETTE["rule"]
                ),
                Series(
                    "Closing reserve",
                    f"={bands.range('band')}",
                    f"={bands.range('closing')}",
                    PALETTE["stop"],
                ),
            ),
            row=25,
            column=1,
            width=520,
            height=300,
            number_format="#,##0",
        ),
        Chart(
            "bar",
            "Write-down by binding test and category",
            tuple(
                Series(
                    test.capitalize(),
                    f"={place.range('category')}",
                    f"={lead.tests.range(f'by_{test}')}",
                    color,
                )
                for test, color in (
                    ("price", PALETTE["accent"]),
                    ("quantity", TIER_COLORS["orange"]),
                    ("contract", PALETTE["rule"]),
                    ("damage", PALETTE["stop"]),
                )
            ),
            row=25,
            column=5,
            width=450,
            height=300,
            stacked=True,
            number_format="#,##0",
        ),
    ]
