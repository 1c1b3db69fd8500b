"""Frame, ticks, references and pages of every paper of the worked example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import openpyxl
import pytest

from invval_xl.hosts.file.read import read_book
from invval_xl.runs.refresh_reserve import Refreshed, refresh_reserve
from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.c8_exceptions import threshold_of
from invval_xl.workpapers.case import PAPERS
from invval_xl.workpapers.paging import paged
from tests.tools import REPO

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

    from invval_xl.workpapers.sheet_plan import SheetPlan

FRAMED = [p for p in PAPERS if p.startswith("C-") and p != "C-0 Index"]
TICK = re.compile(r'^=IF\((.+),"((?:F|CF|RC|GL|PY|IC)(?: (?:RC|IC))?)","!"\)$')


@pytest.fixture(scope="module")
def made() -> Refreshed:
    read = read_book(REPO / "workbooks" / "worked_example.xlsx")
    return refresh_reserve(read.value, read_findings=read.findings)


@pytest.fixture(scope="module")
def book(made: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    import datetime as dt

    from invval_xl.hosts.file.write import author

    path: Path = tmp_path_factory.mktemp("papers") / "papers.xlsx"
    author(made.plans, path, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001
    return openpyxl.load_workbook(path)


def test_every_paper_carries_the_frame(made: Refreshed) -> None:
    for plan in made.plans:
        if plan.name not in FRAMED:
            continue
        words = [str(c.value) for c in plan.cells if isinstance(c.value, str)]
        text = "\n".join(words)
        for part in ("Purpose", "Source", "Procedure", "Exceptions", "Conclusion", "See also"):
            assert part in words, (plan.name, part)
        for part in ("Prepared by", "Reviewed by"):
            assert part in words, (plan.name, part)
        assert words.count("Date") >= 2, plan.name
        case = made.case
        for part in (case.control.entity, f"{case.as_of:%Y-%m-%d}", case.run_id, "USD", "US GAAP",
                     plan.name):  # fmt: skip
            assert part in text, (plan.name, part)


def test_sources_name_file_sheet_rows_total_and_hash(made: Refreshed) -> None:
    c2 = next(p for p in made.plans if p.name == "C-2 Balance Set")
    line = next(str(c.value) for c in c2.cells if str(c.value).startswith("BalanceSet: "))
    table = made.case.tables.balance_set
    assert "worked_example.xlsx" in line
    assert f"{len(table):,} rows" in line
    assert f"{table.control_totals['eop_cost']:,.2f}" in line
    assert table.sha256[:12] in line


def test_references_run_both_ways(book: Workbook) -> None:
    led: dict[str, set[str]] = {}
    for sheet in book:
        links = (cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink)
        targets = {str(link.location).split("'")[1] for link in links}
        led[sheet.title] = targets
        assert targets <= set(book.sheetnames), sheet.title
        assert sheet.title == "C-0 Index" or "C-0 Index" in targets
    one_way = {(a, b) for a, targets in led.items() for b in targets
               if a not in led[b] and a != b and "C-0 Index" not in (a, b)}  # fmt: skip
    assert one_way == set()
    assert led["C-0 Index"] >= set(book.sheetnames) - {"C-0 Index"}


def _ticks(plan: SheetPlan) -> list[tuple[str, str]]:
    found = [TICK.match(c.formula) for c in plan.cells if c.style == "tick"]
    assert all(found), plan.name
    return [(m[2], m[1]) for m in found if m]


def test_ticks_are_formulas_that_hold_and_the_legend_tells_the_placed_ones(
    made: Refreshed,
) -> None:
    placed: set[str] = set()
    for plan in made.plans:
        ticks = _ticks(plan)
        marks = {mark for both, _ in ticks for mark in both.split()}
        legend = {str(c.value) for c in plan.cells if c.style == "tick_legend"}
        assert plan.name == "C-0 Index" or legend == marks, plan.name
        assert not [c for c in plan.cells if c.style == "tick" and c.value == "!"], plan.name
        placed |= marks
    assert placed == {"F", "CF", "RC", "GL", "PY", "IC"}


def test_a_tick_turns_where_its_figure_is_changed(book: Workbook, tmp_path: Path) -> None:
    import ironcalc

    c4 = book["C-4 Rollforward"]
    opening = next(
        c for row in c4.iter_rows() for c in row
        if c.column == 2 and c.row > 30 and isinstance(c.value, float) and c.value > 0
        and c4.cell(c.row, 8).value
    )  # fmt: skip
    path = tmp_path / "changed.xlsx"
    opening.value = opening.value + 10
    book.save(path)
    opening.value = opening.value - 10
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    at = book.sheetnames.index("C-4 Rollforward")
    failing = [
        c.coordinate for row in c4.iter_rows() for c in row
        if isinstance(c.value, str) and TICK.match(c.value)
        and model.get_cell_value(at, c.row, c.column) == "!"
    ]  # fmt: skip
    assert len(failing) >= 3  # the total, the ledger, the prior period
    label = next(c for row in c4.iter_rows() for c in row if c.value == "Ticks that do not hold")
    assert model.get_cell_value(at, label.row, 2) == len(failing)


def test_no_page_ends_between_a_header_and_its_table(made: Refreshed) -> None:
    for plan in made.plans:
        headers = {c.row for c in plan.cells if c.style == "header"}
        sections = {c.row for c in plan.cells if c.style == "section"}
        assert not headers & set(plan.breaks), plan.name
        assert not {row + 1 for row in headers} & set(plan.breaks), plan.name
        assert not sections & set(plan.breaks), plan.name
        assert list(plan.breaks) == sorted(set(plan.breaks))
        assert plan.fit_height == 1 or 10 <= plan.scale <= 100, plan.name


def test_breaks_and_scale_are_in_the_file(made: Refreshed, book: Workbook) -> None:
    for plan in made.plans:
        sheet = book[plan.name]
        assert [b.id for b in sheet.row_breaks.brk] == list(plan.breaks)
        if plan.scale:
            assert sheet.page_setup.scale == plan.scale
            assert not sheet.sheet_properties.pageSetUpPr.fitToPage


def test_a_group_moves_to_the_next_page_whole() -> None:
    pages = paged(200, {}, [(28, 33)], 600.0, landscape=True)
    assert pages.scale == 100
    assert pages.breaks[0] == 27
    alone = paged(200, {}, [], 600.0, landscape=True)
    assert alone.breaks[0] == 30


def test_exceptions_list_what_moves_most_and_foot_to_the_rollforward(made: Refreshed) -> None:
    plan = next(p for p in made.plans if p.name == "C-8 Exceptions")
    items = made.case.rollforward
    change = (items["closing"] - items["opening"]).round(2)
    threshold, _ = threshold_of(made.case)
    listed = items[change.abs() > threshold].assign(size=change.abs())
    blocks = [b for b in plan.blocks if b.rows]
    shown = [s for b in blocks for s in b.columns[0].values]
    assert sorted(shown) == sorted(listed["sku"])
    for block in blocks:
        moves = [abs(v) for v in block.columns[6].values]
        assert moves == sorted(moves, reverse=True)
    facts = {str(c.value): c.row for c in plan.cells if c.column == 1}
    value = {c.row: c.value for c in plan.cells if c.column == 2}
    assert value[facts["Recommended, this paper"]] == pytest.approx(items["closing"].sum())
    assert value[facts["Current, this paper"]] == pytest.approx(items["opening"].sum())
    rows = {c.link.split("!")[1] for c in plan.cells if c.link.startswith("'C-3")}
    c3 = next(p for p in made.plans if p.name == "C-3 LCNRV").blocks[-1]
    named = {str(c3.columns[0].values[int(r[1:]) - c3.top]) for r in rows if r != "A1"}
    assert named == set(listed[listed["line"] >= 0]["sku"])


def test_folded_columns_leave_print_and_stay_on_the_sheet() -> None:
    from invval_xl.workpapers.paper import Column, Sheet, texts

    sheet = Sheet("S")
    place = sheet.table([Column(n, n, texts(["x"])) for n in "abcd"])
    wide = sheet.plan().scale
    sheet.detail(place, ["b", "c"])
    plan = sheet.plan()
    assert plan.outline == {2: True, 3: True}
    assert plan.scale >= wide
    assert column_letter(4) in plan.print_area
