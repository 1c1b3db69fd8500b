"""Plans the writing tests share: every feature of a SheetPlan at least once."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from invval_xl.workpapers.sheet_plan import (
    Chart,
    Conditional,
    PlanBlock,
    PlanCell,
    PlanColumn,
    PlanTable,
    Series,
    SheetPlan,
    Style,
    Validation,
)

CREATED = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)

STYLES = {
    "text": Style(),
    "head": Style(
        bold=True, fill="1F3864", color="FFFFFF", bottom="medium", wrap=True, valign="middle"
    ),
    "money": Style(number_format='#,##0.00;[Red](#,##0.00);"-"'),
    "total": Style(number_format="#,##0.00", bold=True, top="thin", bottom="double"),
    "date": Style(number_format="yyyy-mm-dd", align="center"),
    "input": Style(locked=False, fill="FFF2CC", color="0000FF"),
    "note": Style(italic=True, color="7F7F7F", indent=2, size=9),
    "link": Style(underline=True, color="0563C1"),
    "bad": Style(fill="FFC7CE", color="9C0006", bold=True, number_format="0.0"),
}


def detail(rows: int = 40, seed: int = 7) -> SheetPlan:
    """A long paper: text keys, figures with gaps, formulas with what they give beside them."""
    random = np.random.default_rng(seed)
    cost = np.round(random.uniform(1, 90, rows), 2)
    units = random.integers(0, 50, rows).astype(float)
    cost[2] = np.nan
    extended = np.where(np.isnan(cost), np.nan, np.round(cost * units, 2))
    sku = np.array([f"{i:05d}" for i in range(rows)], dtype=object)
    sku[3], sku[4], sku[5] = "=1+1", None, " A&B <c> \n_x0041_"
    flag = np.array(["ok" if i % 3 else "watch" for i in range(rows)], dtype=object)
    looks = np.array(["bad" if i % 3 == 0 else "text" for i in range(rows)], dtype=object)
    last = 4 + rows
    return SheetPlan(
        "C-3 LCNRV",
        cells=(
            PlanCell(1, 1, '=HYPERLINK("http://x")', "head"),
            PlanCell(2, 1, "to the lead", "link", link="'C-1 Lead'!A1"),
            *(
                PlanCell(4, i, text, "head")
                for i, text in enumerate(("SKU", "Unit Cost", "Units", "Cost", "Flag", "Mixed"), 1)
            ),
            PlanCell(2, 3, True, "text", "=1=1"),
            PlanCell(2, 4, "two", "text", '=IF(1=1,"two","")'),
            PlanCell(2, 5, 46053.0, "date"),
            PlanCell(2, 6, None, "input"),
        ),
        blocks=(
            PlanBlock(
                5,
                1,
                (
                    PlanColumn(sku),
                    PlanColumn(cost, "money"),
                    PlanColumn(units, "money"),
                    PlanColumn(
                        extended, "money", '=IF(ISNUMBER(B{row}),ROUND(B{row}*C{row},2),"")'
                    ),
                    PlanColumn(flag, "text", styles=looks),
                    PlanColumn(
                        np.array([(1.5, "x", None, True)[i % 4] for i in range(rows)], dtype=object)
                    ),
                ),
            ),
        ),
        styles=STYLES,
        widths={1: 20, 2: 14},
        heights={1: 30},
        merges=("A1:D1",),
        freeze=(4, 1),
        filter_ref=f"A4:F{last}",
        repeat_rows=(4, 4),
        print_area=f"A1:F{last}",
        header="&LEntity&R&D",
        footer="&CPage &P of &N",
        tab_color="C00000",
        protect=True,
        validations=(
            Validation("H5:H20", "list", "a,b,c", message="Pick one."),
            Validation("I5:I20", "decimal", minimum=0, maximum=1),
            Validation("J5:J20", "date", minimum=45000),
            Validation("K5:K20", "list", "'C-1 Lead'!$A$3:$A$5"),
        ),
        conditionals=(
            Conditional(f"D5:D{last}", "formula", "=AND(ISNUMBER($D5),$D5>1000)", "bad"),
            Conditional(f"B5:B{last}", "data_bar", color="5B9BD5"),
        ),
        names={"Total_Cost": f"'C-3 LCNRV'!$D$5:$D${last}"},
    )


def lead(total: float = 0.0) -> SheetPlan:
    """A short paper with charts and a table, its total taken from the detail."""
    return SheetPlan(
        "C-1 Lead",
        cells=(
            PlanCell(1, 1, "Lead", "head"),
            PlanCell(2, 1, total, "total", "=ROUND(SUM(Total_Cost),2)"),
            PlanCell(3, 1, "Kind", "head"),
            PlanCell(3, 2, "Cost", "head"),
            PlanCell(4, 1, "a"),
            PlanCell(4, 2, 10.5, "money"),
            PlanCell(5, 1, "b"),
            PlanCell(5, 2, 4.25, "money"),
        ),
        styles=STYLES,
        gridlines=True,
        charts=(
            Chart(
                "column",
                "Cost",
                (Series("Cost", "='C-1 Lead'!$A$4:$A$5", "='C-1 Lead'!$B$4:$B$5", "1F3864"),),
                8,
                1,
                number_format="#,##0",
                stacked=True,
            ),
            Chart(
                "pie",
                "",
                (Series("Share", "", "='C-1 Lead'!$B$4:$B$5", points=("2E7D32", "C62828")),),
                8,
                10,
                legend="",
            ),
        ),
        tables=(PlanTable("tblLeadKinds", "A3:B5", ("Kind", "Cost")),),
    )


def binder(rows: int = 40, seed: int = 7) -> tuple[SheetPlan, ...]:
    """Two papers that refer to each other, the cached total equal to what the formula gives."""
    long = detail(rows, seed)
    values = long.blocks[0].columns[3].values
    return lead(float(np.round(np.nansum(values), 2))), long


def marked(number: float, rows: int = 3) -> tuple[SheetPlan, ...]:
    """A paper that says one number in A1, and some rows of ballast."""
    ballast = PlanBlock(3, 1, (PlanColumn(np.arange(float(rows)) + number),))
    return (SheetPlan("C-0 Index", cells=(PlanCell(1, 1, number),), blocks=(ballast,)),)
