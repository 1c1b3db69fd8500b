"""Dashboard: choose category, location, supplier and tier; every figure and chart follows.

No macro: the drop-downs are data validations, the figures formulas over C-3 and C-4 that any
spreadsheet program computes. The lists and the rows they choose stand on Dashboard Data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from invval_xl.findings import Severity
from invval_xl.workpapers.dashboard_charts import lay_charts
from invval_xl.workpapers.dashboard_data import CHOICES, DashboardData
from invval_xl.workpapers.dashboard_tables import (
    TESTS,
    TOP,
    Live,
    lay_ageing,
    lay_bridge,
    lay_categories,
    lay_tests,
    lay_tiers,
    lay_top,
)
from invval_xl.workpapers.paper import Column, Place, Sheet, texts
from invval_xl.workpapers.sheet_plan import Validation
from invval_xl.workpapers.styles import PALETTE
from invval_xl.workpapers.sums import money_total

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from invval_xl.workpapers.c3_lcnrv import LcnrvPaper
    from invval_xl.workpapers.c4_rollforward import RollforwardPaper
    from invval_xl.workpapers.case import Case

__all__ = ["lay_dashboard"]

_T = TypeVar("_T")

NAME = "Dashboard"
_COLUMNS = 9
_CHARTS_ROW, _CHART_ROWS = 13, 13


def lay_dashboard(case: Case, c3: LcnrvPaper, c4: RollforwardPaper, data: DashboardData) -> Sheet:
    """Lay the Dashboard over C-3 and C-4, and its ranking tables beside the lists they rank."""
    sheet = Sheet(NAME, widths=(16, 13, 15, 12, 12, 17, 17, 17, 17), tab_color=PALETTE["accent"])
    live = Live(case, c3, c4, data)
    sheet.put(1, 1, case.control.entity, "subtitle")
    sheet.put(2, 1, f"Inventory reserve at {case.as_of:%Y-%m-%d}", "title")
    sheet.heights[2] = 24
    sheet.put(3, 1, f"{case.basis} | {case.method} | run {case.run_id}", "quiet")
    sheet.put(1, _COLUMNS, "Index", "link", link="'C-0 Index'!A1")
    _choices(sheet, data)
    _figures(sheet, live)
    sheet.row = _CHARTS_ROW + 2 * _CHART_ROWS
    sheet.section("Largest requirements of the items chosen", _COLUMNS)
    largest, order = _beside(data.sheet, live, 14, lay_top)
    top = _top(sheet, live, largest, order)
    interval_row = sheet.row
    sheet.row += _CHART_ROWS + 1
    bridge = _beside(data.sheet, live, 28, lay_bridge)
    tables = _tables(sheet, live, bridge)
    sheet.put(sheet.row, 1, "See also", "label")
    for offset, name in enumerate(("C-1 Lead", "C-3 LCNRV", "C-4 Rollforward", "Dashboard Data")):
        sheet.put(sheet.row, 2 + offset, name, "link", link=f"'{name}'!A1")
    sheet.see_also = (sheet.row, 6)
    _, ranked = _beside(data.sheet, live, 20, lay_categories)
    places = tables | {"top": top, "largest": largest, "categories": ranked, "bridge": bridge}
    lay_charts(sheet, places, _CHARTS_ROW, _CHART_ROWS, interval_row)
    sheet.landscape = False
    sheet.fit_height = 1
    return sheet


def _choices(sheet: Sheet, data: DashboardData) -> None:
    """The four drop-downs and what they leave."""
    for column, name in zip((1, 3, 5, 7), CHOICES, strict=True):
        sheet.put(5, column, f"Choose {name}", "kpi_label")
        sheet.put(6, column, data.every[name], "choice")
        sheet.put(6, column + 1, None, "choice")
        letters = "ABCDEFGH"
        sheet.merges.append(f"{letters[column - 1]}6:{letters[column]}6")
        sheet.validations.append(
            Validation(
                f"{letters[column - 1]}6",
                "list",
                data.lists[name].range("value"),
                message=f"Choose a {name} of the list, or {data.every[name]}.",
            )
        )
    sheet.heights[6] = 20
    wrong = "+".join(f"({_at(data, name)}<0)" for name in CHOICES)
    total = float(data.rows.last_row - data.rows.first_row + 1)
    sheet.put(
        7,
        1,
        f"{total:,.0f} of {total:,.0f} rows of C-3 chosen.",
        "quiet",
        formula=f'=IF({wrong}>0,"A choice is not on its list: nothing is chosen.",'
        f'TEXT(SUM({data.rows.range("chosen")}),"#,##0")&" of {total:,.0f} rows of C-3 chosen.")',
    )


def _at(data: DashboardData, name: str) -> str:
    return f"{data.rows.quoted}!{data.chosen[name]}"


def _figures(sheet: Sheet, live: Live) -> None:
    """The figures a controller asks for first, over what is chosen."""
    case = live.case
    frame = case.proposal.frame

    def total(name: str) -> float:
        return money_total(frame[name])

    closing, cost = total("closing"), total("cost")
    warnings = sum(f.severity is Severity.WARN for f in case.findings)
    boxes = [
        ("Inventory at cost", cost, "kpi_money", "=" + live.money("cost")),
        ("Write-down", total("write_down"), "kpi_money", "=" + live.money("write_down")),
        ("Closing reserve", closing, "kpi_money", "=" + live.money("closing")),
        ("Reserve to cost", closing / cost if cost else 0.0, "kpi_rate", "=IF(A10>0,C10/A10,0)"),
        ("Required", total("required"), "kpi_money", "=" + live.money("required")),
        ("Required, low", total("low"), "kpi_money", "=" + live.money("low")),
        ("Required, high", total("high"), "kpi_money", "=" + live.money("high")),
        ("Items", float(len(case.lines)), "kpi_count", "=" + live.total("item_row")),
        ("Warnings, whole run", float(warnings), "kpi_count", ""),
    ]
    for column, (label, value, style, formula) in enumerate(boxes, start=1):
        sheet.put(9, column, label, "kpi_label")
        sheet.put(10, column, value, style, formula=formula)
    sheet.heights[10] = 24
    if case.beside is not None:
        kept, closes = len(case.beside.lines), case.beside.total("closing")
        told = f"Without the {kept:,} items kept beside (closing reserve {closes:,.2f}): see C-1."
        sheet.put(7, 5, told, "warn")
    conserved = case.conservation.conserved
    sheet.put(
        11,
        1,
        "Inventory is conserved: every foot test passed."
        if conserved
        else "Inventory is not conserved: see C-2.",
        "good" if conserved else "warn",
    )


def _top(sheet: Sheet, live: Live, ranked: Place, order: NDArray[np.int64]) -> Place:
    """The largest items with their intervals; blank where fewer are chosen."""
    case, c3, rows = live.case, live.c3, live.data.rows
    lines = case.lines.iloc[order]
    missing = TOP - len(order)
    places = [f"{ranked.quoted}!${ranked.letters['place']}${ranked.first_row + i}"
              for i in range(TOP)]  # fmt: skip
    where = rows.range("line")

    def word(name: str, header: str, style: str = "text") -> Column:
        values = texts([*lines[name], *[""] * missing])
        sources = (f'IF({p}="","",INDEX({c3.place.range(name)},{p}))' for p in places)
        return Column(name, header, values, style, "={f}", {"f": texts(sources)})

    def amount(name: str, header: str) -> Column:
        values = np.array([*lines[name], *[np.nan] * missing], dtype=float)
        sources = (
            f'IF({p}="","",ROUND(SUMIFS({c3.place.range(name)},{where},{p}),2))' for p in places
        )
        return Column(name, header, values, "money0", "={f}", {"f": texts(sources)})

    binding = c3.place.range("binding")
    tests = (
        f'IF({p}="","",' + _largest([
            f'SUMIFS({c3.place.range("required")},{where},{p},{binding},"{test}")'
            for test in TESTS
        ]) + ")"
        for p in places
    )  # fmt: skip
    return sheet.table(
        [
            word("sku", "SKU"),
            word("location", "Location"),
            word("category", "Category"),
            word("tier", "Risk Tier", "center"),
            Column("test", "Main Test", texts([*_main_tests(live, order), *[""] * missing]),
                   "center", "={f}", {"f": texts(tests)}),
            amount("cost", "Cost"),
            amount("required", "Required"),
            amount("low", "Low"),
            amount("high", "High"),
        ]
    )  # fmt: skip


def _largest(sums: list[str]) -> str:
    """The test with the largest sum, the earlier of equals."""
    if len(sums) == 1:
        return f'"{TESTS[-1]}"'
    name = TESTS[len(TESTS) - len(sums)]
    return f'IF({sums[0]}>=MAX({",".join(sums[1:])}),"{name}",{_largest(sums[1:])})'


def _main_tests(live: Live, order: NDArray[np.int64]) -> list[str]:
    frame = live.case.proposal.frame
    out = []
    for position in order:
        own = frame.iloc[live.c3.first[position] : live.c3.last[position] + 1]
        sums = [money_total(own["required"][own["binding"] == test]) for test in TESTS]
        out.append(TESTS[int(np.argmax(sums))])
    return out


def _beside(sheet: Sheet, live: Live, left: int, lay: Callable[[Sheet, Live, int], _T]) -> _T:
    """Lay a table on Dashboard Data, right of its lists."""
    kept, sheet.row = sheet.row, live.data.lists["tier"].header_row
    laid = lay(sheet, live, left)
    sheet.row = kept
    return laid


def _tables(sheet: Sheet, live: Live, bridge: Place) -> dict[str, Place]:
    """Tiers, drivers, ageing and bridge, two abreast."""
    sheet.section("Risk tiers and drivers", _COLUMNS)
    start = sheet.row
    tables = {"tiers": lay_tiers(sheet, live, 1)}
    below = sheet.row
    sheet.row = start
    tables["tests"] = lay_tests(sheet, live, 6)
    sheet.row = max(below, sheet.row) + 1
    sheet.section("Ageing on original receipt date, and the bridge from last period", _COLUMNS)
    start = sheet.row
    tables["ages"] = lay_ageing(sheet, live, 1)
    below = sheet.row
    sheet.row = start
    _shown(sheet, bridge, live, 6)
    sheet.row = max(below, sheet.row) + 1
    return tables


def _shown(sheet: Sheet, bridge: Place, live: Live, left: int) -> Place:
    """The bridge's steps and amounts, without what only its chart needs."""
    _, values = next(t for t in live.data.sheet.tables if t[0] is bridge)
    sources = (f"{bridge.cell('amount', i)}" for i in range(len(values["amount"])))
    return sheet.table(
        [
            Column("step", "Step", values["step"]),
            Column("amount", "Amount", values["amount"], "money0", "={f}", {"f": texts(sources)}),
        ],
        left=left,
    )
