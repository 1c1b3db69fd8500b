"""A paper's look through xlwings' own calls, and what of it an engine does not know."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import openpyxl
import pytest

from invval_xl.hosts.com import dress as dress_module
from invval_xl.hosts.com.dress import areas, dress
from invval_xl.hosts.com.write_excel import write_plans
from invval_xl.workpapers.sheet_plan import (
    Chart,
    Conditional,
    PlanCell,
    Series,
    SheetPlan,
    Style,
    Validation,
)
from tests.hosts.com.engine_openpyxl import open_book

PLAN = SheetPlan(
    "Paper",
    cells=(
        PlanCell(1, 1, "Title", "title"),
        PlanCell(3, 2, 0.5, "rate", link="#'Paper'!A1"),
        PlanCell(4, 2, 0.25, "open"),
    ),
    styles={
        "title": Style(bold=True, size=16, color="24405E", underline=True),
        "rate": Style(
            number_format="0.0%", fill="EEF2F6", top="thin", bottom="double", align="right"
        ),
        "open": Style(wrap=True, indent=1, locked=False, italic=True, valign="vcenter"),
    },
    widths={1: 30.0},
    heights={1: 24.0},
    merges=("A1:C1",),
    freeze=(3, 1),
    filter_ref="A3:B4",
    repeat_rows=(1, 3),
    print_area="A1:C9",
    header="&LC-1&RPage &P",
    footer="&Cfoot",
    tab_color="1F6F8B",
    gridlines=False,
    protect=True,
    validations=(
        Validation("B3", "list", "yes, no"),
        Validation("B4", "list", "=Paper!$A$1:$A$3"),
        Validation("B5", "decimal", minimum=0.0, maximum=1.0),
        Validation("B6", "decimal", minimum=0.0),
        Validation("B7", "date", maximum=45688.0),
    ),
    conditionals=(
        Conditional("B3:B4", "formula", "=$B3>0.4", "title"),
        Conditional("B3:B4", "data_bar", color="7FB77E"),
    ),
    charts=(
        Chart("line", "Over time",
              (Series("One", "=Paper!$A$3:$A$4", "=Paper!$B$3:$B$4", "FF8000"),), row=6, column=4),
        Chart("column", "", (Series("Two", "=Paper!$A$3:$A$4", "=Paper!$B$3:$B$4", "0000FF"),),
              row=6, column=9, stacked=True),
    ),
)  # fmt: skip


@pytest.fixture
def book(tmp_path, server):
    path = tmp_path / "plain.xlsx"
    openpyxl.Workbook().save(path)
    return open_book(path)[0]


def test_everything_a_plan_asks_for_is_there(book):
    assert write_plans(book, [PLAN]).undressed == ()
    ws = book.impl.wb["Paper"]
    title, rate, opened = ws["A1"], ws["B3"], ws["B4"]
    assert (title.font.b, title.font.sz, title.font.u) == (True, 16, "single")
    assert title.font.color.rgb.endswith("24405E")
    assert (rate.number_format, rate.fill.fgColor.rgb[-6:]) == ("0.0%", "EEF2F6")
    assert (rate.border.top.style, rate.border.bottom.style) == ("thin", "double")
    assert rate.alignment.horizontal == "right"
    assert rate.hyperlink.location == "'Paper'!A1" or rate.hyperlink.target == "#'Paper'!A1"
    assert (opened.alignment.wrap_text, opened.alignment.indent) == (True, 1)
    assert (opened.alignment.vertical, opened.font.i) == ("center", True)
    assert opened.protection.locked is False
    assert ws.column_dimensions["A"].width == 30.0
    assert ws.row_dimensions[1].height == 24.0
    assert [str(r) for r in ws.merged_cells.ranges] == ["A1:C1"]
    assert ws.freeze_panes == "B4"
    assert ws.auto_filter.ref == "A3:B4"
    assert "$A$1:$C$9" in ws.print_area
    assert ws.sheet_view.showGridLines is False
    assert id(ws) in book.impl.protected


def test_page_set_up_and_tab_colour_reach_excels_object_model(book):
    write_plans(book, [PLAN])
    ws = book.impl.wb["Paper"]
    assert vars(ws._page_told) == {
        "Orientation": 2,
        "Zoom": False,
        "FitToPagesWide": 1,
        "FitToPagesTall": False,
        "PrintTitleRows": "$1:$3",
        "LeftHeader": "C-1",
        "RightHeader": "Page &P",
        "CenterFooter": "foot",
    }
    assert ws._tab_told.Color == 0x1F + 256 * 0x6F + 65536 * 0x8B


def test_drop_downs_and_bounds_become_validations(book):
    write_plans(book, [PLAN])
    told = book.impl.wb["Paper"]._validations_told
    words, source, between, least, most = [rule[1:] for rule in told]
    assert words == ("list", ["yes", "no"], True)
    assert source[0] == "list"
    assert source[1].get_address(True, True) == "$A$1:$A$3"
    assert between[:2] == ("decimal", "between")
    assert [float(str(x).removeprefix("=")) for x in between[2:]] == [0.0, 1.0]
    assert least[:2] == ("decimal", "greater_than_or_equal")
    assert most[:2] == ("date", "less_than_or_equal")
    assert "2025" in str(most[2])
    assert dt.date(2025, 1, 31) == dress_module._operand("date", 45688.0)


def test_conditional_formats_and_data_bars_are_set(book):
    write_plans(book, [PLAN])
    custom, bar = book.impl.wb["Paper"]._conditionals_told
    assert custom[1] == "custom"
    assert "$B3>0.4" in str(custom[2])
    assert bar[1] == "data_bar"


def test_charts_stand_at_their_cell_with_their_series(book):
    write_plans(book, [PLAN])
    line, column = book.impl.wb["Paper"]._charts_told
    assert line.place[:2] == (48.0 * 3, 15.0 * 5)
    assert (line.told["chart_type"], line.told["title"]) == ("line", "Over time")
    assert (column.told["chart_type"], column.told["title"]) == ("column_stacked", None)
    assert [(s.Name, s.XValues, s.Values) for s in line.drawn] == [
        ("One", "=Paper!$A$3:$A$4", "=Paper!$B$3:$B$4")
    ]
    assert line.drawn[0].Format.Line.ForeColor.RGB == 0xFF + 256 * 0x80
    assert column.drawn[0].Format.Fill.ForeColor.RGB == 65536 * 0xFF


def test_a_second_run_replaces_its_charts_and_a_failed_one_keeps_the_old(book, monkeypatch):
    write_plans(book, [PLAN])
    ws = book.impl.wb["Paper"]
    first = list(ws._charts_told)
    write_plans(book, [PLAN])
    assert len(ws._charts_told) == 2
    assert not set(map(id, first)) & set(map(id, ws._charts_told))
    second = list(ws._charts_told)
    monkeypatch.setattr(dress_module, "_page", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_plans(book, [PLAN])
    assert ws._charts_told == second
    assert id(ws) in book.impl.protected


def test_a_courtesy_an_engine_does_not_know_is_left_out_and_named(book, monkeypatch):
    monkeypatch.setattr(dress_module, "_chart", lambda *_: SimpleNamespace().missing)
    write_plans(book, [SheetPlan("Paper", cells=PLAN.cells, styles=PLAN.styles)])
    missed = dress(book.sheets["Paper"], PLAN)
    assert set(missed) == {"charts"}
    assert book.sheets["Paper"].range("B3").raw_value == 0.5


def test_addresses_stay_inside_what_range_takes():
    columns = {3: [(row, row) for row in range(1, 400, 2)]}
    joined = list(areas(columns))
    assert all(len(address) <= 255 for address in joined)
    assert [a for part in joined for a in part.split(",")] == [f"C{r}" for r in range(1, 400, 2)]
