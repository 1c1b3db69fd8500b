"""The Refresh button, run unmodified through an xlwings engine over openpyxl."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import openpyxl
import pytest
import xlwings as xw

from invval_xl.findings import RefusedError
from invval_xl.hosts.com import ribbon, write_excel
from invval_xl.hosts.com.read_excel import read_excel, read_screen
from invval_xl.hosts.com.rebind import plain_spelling, rebind
from invval_xl.hosts.com.write_excel import write_plans
from invval_xl.hosts.file import beside
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author, graft
from invval_xl.runs.demo import demo_plans
from invval_xl.runs.refresh_reserve import refresh_reserve
from invval_xl.tables.grid import BookFacts, RawBook
from invval_xl.workpapers.sheet_plan import PlanCell, SheetPlan, Style
from tests.hosts.com.engine_openpyxl import open_book
from tests.tools import REPO

CREATED = dt.datetime(2026, 11, 2)  # noqa: DTZ001 - a file's own time has no zone
STILL = {
    "screen_updating": True,
    "display_alerts": True,
    "enable_events": True,
    "calculation": "automatic",
    "interactive": True,
    "status_bar": False,
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A small demo workbook on disk."""
    path = tmp_path_factory.mktemp("demo") / "demo.xlsx"
    author(demo_plans(items=12, locations=1), path, created=CREATED)
    return path


@pytest.fixture
def book(demo, tmp_path, server):
    """A copy of it, open in the engine, as the caller of a ribbon run."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(demo.read_bytes())
    opened, app = open_book(path)
    opened.set_mock_caller()
    return opened, app, path


def looks(cell):
    """Everything of a cell a reader of the paper sees."""
    value = cell.value if cell.value != "" else None
    if isinstance(value, str) and value.startswith("="):
        value = value.replace("_xlfn.", "")  # how a file spells what Excel itself calls MINIFS
    color = cell.font.color.rgb if cell.font.color is not None else None
    return (
        value,
        cell.number_format,
        bool(cell.font.b),
        bool(cell.font.i),
        cell.font.sz,
        color[-6:] if isinstance(color, str) else None,
        cell.fill.fgColor.rgb[-6:] if cell.fill.fill_type else None,
        cell.alignment.horizontal,
        bool(cell.alignment.wrap_text),
        cell.border.top.style if cell.border.top else None,
        cell.border.bottom.style if cell.border.bottom else None,
        cell.protection.locked,
    )


def contents(sheet):
    return {rc: looks(c) for rc, c in sheet._cells.items() if looks(c)[0] is not None}


def everything(wb):
    return {
        s.title: (
            {rc: (c.value, c._style) for rc, c in s._cells.items() if c.value is not None},
            sorted(map(str, s.merged_cells.ranges)),
            s.sheet_state,
        )
        for s in wb.worksheets
    }


def press(server, name):
    """Press a button: the add-in's call, through xlwings' real CallUDF."""
    return server.CallUDF("invval_xl.hosts.com.ribbon", name, ())


def grafted(path, out):
    """The same workbook refreshed by the command's own steps."""
    read = read_book(path)
    refreshed = refresh_reserve(read.value, read_findings=read.findings)
    graft(path, refreshed.plans, out, created=CREATED)
    return openpyxl.load_workbook(out), refreshed.plans


def same_tabs(server, opened, app, path, tmp_path):
    by_command, plans = grafted(path, tmp_path / "command.xlsx")
    text, weight = press(server, "refresh")
    assert weight == "info", text
    clicked = opened.impl.wb
    assert clicked.sheetnames == by_command.sheetnames
    for plan in plans:
        assert contents(clicked[plan.name]) == contents(by_command[plan.name]), plan.name
        assert sorted(map(str, clicked[plan.name].merged_cells.ranges)) == sorted(
            map(str, by_command[plan.name].merged_cells.ranges)
        )
    assert app.settings == STILL
    assert any("%" in str(value) for name, value in app.told if name == "status_bar")


def test_refresh_gives_the_same_tabs_cell_for_cell_as_the_command(server, book, tmp_path):
    same_tabs(server, *book, tmp_path)


@pytest.mark.slow
def test_refresh_of_the_worked_example_gives_the_same_tabs_as_the_command(server, tmp_path):
    path = tmp_path / "worked_example.xlsx"
    path.write_bytes((REPO / "workbooks" / "worked_example.xlsx").read_bytes())
    opened, app = open_book(path)
    opened.set_mock_caller()
    same_tabs(server, opened, app, path, tmp_path)


def test_unsaved_changes_are_read_from_the_screen_with_the_same_result(server, book, tmp_path):
    opened, _, path = book
    file = read_book(path).value
    # Hashes of stored parts exist for a file only; all else must agree.
    grids = {name: replace(grid, sha256="") for name, grid in file.grids.items()}
    facts = BookFacts(name=path.name, application="Microsoft Excel")
    refreshed = refresh_reserve(RawBook(facts, grids))
    graft(path, refreshed.plans, tmp_path / "command.xlsx", created=CREATED)
    by_command = openpyxl.load_workbook(tmp_path / "command.xlsx")
    opened.impl.api.Saved = False
    text, weight = press(server, "refresh")
    assert weight == "info", text
    for plan in refreshed.plans:
        assert contents(opened.impl.wb[plan.name]) == contents(by_command[plan.name]), plan.name


def test_the_screen_and_the_file_are_read_into_the_same_grids(demo, server):
    opened, _ = open_book(demo)
    screen, file = read_screen(opened), read_book(demo).value
    assert list(screen.grids) == list(file.grids)
    for name, there in file.grids.items():
        here = screen.grids[name]
        assert here.top == there.top
        assert here.body_row == there.body_row
        assert here.hidden_rows == there.hidden_rows
        assert here.state == there.state
        assert len(here.body) == len(there.body)
        for mine, theirs in zip(here.body, there.body, strict=True):
            assert mine.kind.tolist() == theirs.kind.tolist()
            assert [repr(x) for x in mine.number] == [repr(x) for x in theirs.number]
            texts = [None] * len(mine) if mine.text is None else mine.text.tolist()
            wanted = [None] * len(mine) if theirs.text is None else theirs.text.tolist()
            assert texts == wanted


def test_refresh_twice_gives_the_same_cells(server, book):
    opened, _, _ = book
    opened.impl.api.Saved = False
    press(server, "refresh")
    first = everything(opened.impl.wb)
    text, weight = press(server, "refresh")
    assert weight == "info", text
    second = everything(opened.impl.wb)
    assert list(second) == list(first)
    for name, (cells, merged, state) in second.items():
        assert (merged, state) == first[name][1:], name
        assert {rc: v for rc, (v, _) in cells.items()} == {
            rc: v for rc, (v, _) in first[name][0].items()
        }, name


def test_a_stop_finding_writes_nothing_and_says_where(server, book):
    opened, app, _ = book
    sheet = opened.sheets["BalanceSet"]
    column = next(c.column for c in sheet.impl.ws[1] if c.value == "EOP Units")
    sheet.range((2, column)).formula = 1e7
    before = everything(opened.impl.wb)
    text, weight = press(server, "refresh")
    assert weight == "warn"
    assert text.startswith("Nothing was written")
    assert "BS" in text
    assert everything(opened.impl.wb) == before
    assert app.settings == STILL


@pytest.mark.parametrize("breaks_at", ["_write", "dress", "_name_all"])
@pytest.mark.parametrize("again", [False, True])
def test_a_run_that_fails_while_writing_leaves_the_workbook_as_it_was(
    server, book, monkeypatch, breaks_at, again
):
    opened, app, _ = book
    if again:
        press(server, "refresh")
    before = everything(opened.impl.wb)
    names = dict(opened.impl.wb.defined_names)
    real, calls = getattr(write_excel, breaks_at), []

    def failing(*args):
        calls.append(1)
        if len(calls) == (1 if breaks_at == "_name_all" else 3):
            raise RuntimeError("Excel lost its patience")
        return real(*args)

    monkeypatch.setattr(write_excel, breaks_at, failing)
    text, weight = press(server, "refresh")
    assert weight == "warn"
    assert (
        text == "The workbook is as it was; the run failed: RuntimeError: Excel lost its patience"
    )
    assert everything(opened.impl.wb) == before
    assert dict(opened.impl.wb.defined_names).keys() == names.keys()
    assert app.settings == STILL


def test_many_findings_fit_into_a_message_box(server):
    from invval_xl.findings import Finding, Severity
    from invval_xl.hosts.message_box import listed

    many = [
        Finding(
            f"BS{n}", Severity.STOP, "It does not foot. " * 8, "Mend it.", "BalanceSet", f"A{n}"
        )
        for n in range(101, 160)
    ]
    text = listed(many, 850)
    shown = text.count("BS1")
    assert len(text) < 940
    assert text.endswith(f"... and {len(many) - shown} more.")
    assert "more" not in listed(many[:1], 850)
    assert len(listed([Finding("BS1", Severity.STOP, "x" * 5000)], 850)) <= 850


def test_calculation_that_was_manual_is_manual_again_and_was_brought_up_to_date(server, book):
    _, app, _ = book
    app.settings["calculation"] = "manual"
    press(server, "refresh")
    assert app.settings == STILL | {"calculation": "manual"}
    assert app.calculated >= 1


def test_a_sheet_of_the_users_own_with_a_papers_name_is_never_overwritten(server, book):
    opened, _, _ = book
    mine = opened.sheets.add("C-1 Lead", after=opened.sheets[-1])
    mine.range("A1").formula = "my own notes"
    before = everything(opened.impl.wb)
    text, weight = press(server, "refresh")
    assert weight == "warn"
    assert "WB907" in text
    assert everything(opened.impl.wb) == before


def test_formulas_of_the_user_that_point_into_a_paper_stand_after_a_second_refresh(server, book):
    opened, _, _ = book
    press(server, "refresh")
    notes = opened.sheets.add("My notes", after=opened.sheets[-1])
    notes.range("A1").formula = "='C-1 Lead'!B12"
    places = [s.name for s in opened.sheets]
    press(server, "refresh")
    assert notes.range("A1").formula == "='C-1 Lead'!B12"
    assert [s.name for s in opened.sheets] == places


def test_text_is_entered_as_text_whatever_it_begins_with(server, book):
    opened, _, _ = book
    texts = ["=1+1", "+1", "00123", "1/2", "'quoted", "TRUE", "-", "@x"]
    plan = SheetPlan(
        "Texts",
        cells=tuple(PlanCell(i, 1, t) for i, t in enumerate(texts, start=1)),
        styles={"text": Style()},
    )
    write_plans(opened, [plan])
    written = [opened.impl.wb["Texts"].cell(i, 1) for i in range(1, len(texts) + 1)]
    assert [c.value for c in written] == texts
    assert {c.data_type for c in written} == {"s"}


def test_formulas_from_elsewhere_bind_and_others_are_left_alone(server, book):
    opened, _, _ = book
    sheet = opened.sheets.add("Theirs", after=opened.sheets[-1])
    given = [
        "=_xldudf_INV_NRV(B1)",
        "=[1]!INV_NRV(B1)+1",
        "=_xll.INV_AUC(B1,C1)",
        "=INV_NRV(B1)",
        "=SUM(B1:B3)",
        "=OTHER_INV_NRV(B1)",
    ]
    for row, formula in enumerate(given, start=1):
        sheet.range((row, 1)).formula = formula
    cached = opened.impl.cached
    ws = sheet.impl.ws
    cached[id(ws), 4, 1] = "#NAME?"
    entered = rebind(opened)
    assert [cell.row for cell, _ in entered] == [1, 2, 3, 4]
    assert [ws.cell(r, 1).value for r in range(1, 7)] == [plain_spelling(f) for f in given]


def test_function_reference_opens_read_only(server, book, tmp_path, monkeypatch):
    from invval_xl.hosts import reference_books
    from invval_xl.hosts.com import paths

    _, app, _ = book
    where = tmp_path / "function_reference.xlsx"
    reference_books.author_reference(where)
    monkeypatch.setattr(paths, "reference_book", lambda: where)
    xw.engines.active = app_engine(app)
    assert press(server, "function_reference") == ["", "info"]
    assert app.opened == [(str(where), True)]


def app_engine(app):
    return xw.Engine(impl=app.engine)


def test_about_and_last_error_speak_plainly(server):
    from invval_xl import __version__
    from invval_xl.functions.kernel.call import one

    text, weight = press(server, "about")
    assert weight == "info"
    assert __version__ in text
    assert xw.__version__ in text
    one("INV_NRV", -1.0)
    text, _ = press(server, "last_error")
    assert "selling_price is -1" in text


def test_the_vba_of_the_buttons_runs_the_python_of_the_buttons(excel, server, book):
    from pyopenvba.interpreter._values import NOTHING

    excel.call("InvvalOnAbout", NOTHING)
    assert "xlwings" in excel.excel.dialogs[-1][1]
    excel.call("InvvalOnLastError", NOTHING)
    assert excel.excel.dialogs[-1][0] == "MsgBox"
    excel.call("InvvalOnRestartPython", NOTHING)
    assert "stopped" in excel.excel.dialogs[-1][1]


def test_the_refresh_button_of_the_built_add_in_refreshes_and_tells(excel, server, book):
    from pyopenvba.interpreter._values import NOTHING

    opened, app, _ = book
    excel.call("InvvalOnRefresh", NOTHING)
    kind, text, title, style = excel.excel.dialogs[-1]
    assert (kind, title, style) == ("MsgBox", "invval", 64)
    assert "reserve" in text
    assert "papers written" in text
    assert "C-1 Lead" in [s.name for s in opened.sheets]
    assert app.settings == STILL
    assert int(excel.excel.application.vba_get("EnableCancelKey")) == 1


def test_the_refresh_button_shows_a_refusal_as_a_warning(excel, server, book):
    from pyopenvba.interpreter._values import NOTHING

    opened, _, _ = book
    mine = opened.sheets.add("C-1 Lead", after=opened.sheets[-1])
    mine.range("A1").formula = "my own notes"
    excel.call("InvvalOnRefresh", NOTHING)
    _, text, _, style = excel.excel.dialogs[-1]
    assert style == 48
    assert text.startswith("Nothing was written")


def test_excels_own_words_are_shown_for_a_com_error(server, book, monkeypatch):
    described = (0, "Microsoft Excel", "The workbook is protected.", None, 0, -2146827284)

    def protected(*_):
        raise RuntimeError(-2147352567, "Exception occurred.", described, None)

    monkeypatch.setattr("invval_xl.hosts.com.ribbon.write_plans", protected)
    text, weight = press(server, "refresh")
    assert (weight, text.endswith("The workbook is protected.")) == ("warn", True)


def test_reading_refuses_what_the_file_host_refuses(server, tmp_path, demo):
    opened, _ = open_book(demo)
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"not a workbook")
    opened.impl.path = str(broken)
    with pytest.raises(RefusedError):
        read_excel(opened)


def test_a_click_asks_for_what_lies_beside_the_workbook_as_the_command_does(book, monkeypatch):
    opened, _, path = book
    asked = []

    def stored(place):
        asked.append(place)
        return lookback

    lookback = object()
    monkeypatch.setattr(beside, "lookback_of", stored)
    assert ribbon._request(opened).lookback is lookback
    assert asked == [path]
