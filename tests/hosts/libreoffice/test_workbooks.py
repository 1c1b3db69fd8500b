"""Whole workbooks in a real Calc: the self-test, typed functions, and the menu's Refresh."""

from __future__ import annotations

import re
import shutil
import threading
from functools import partial

import openpyxl
import pytest
import xlsxwriter

from invval_xl.__main__ import main
from invval_xl.functions.errors import Mark
from invval_xl.functions.kernel.call import one
from invval_xl.hosts.file.respell import respell_file
from invval_xl.hosts.libreoffice.install import bridge_module
from invval_xl.hosts.libreoffice.menu import MENU
from invval_xl.hosts.libreoffice.runs import RUNS
from invval_xl.workpapers.case import PAPERS
from tests.hosts.libreoffice.calc import this_python
from tests.tools import REPO

WORKBOOKS = REPO / "workbooks"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small worked example and the same refreshed by the command."""
    folder = tmp_path_factory.mktemp("small")
    assert main(["demo", str(folder), "--items", "14", "--locations", "2"]) == 0
    book = str(folder / "worked_example.xlsx")
    assert main(["refresh", book, "--out", str(folder / "refreshed.xlsx")]) == 0
    return folder


def test_selftest_opened_and_recalculated_every_check_is_true(calc, book, tmp_path):
    book(shutil.copy(WORKBOOKS / "selftest.xlsx", tmp_path))
    calc.recalculate()
    names = calc.names()
    checks = {n: c.rpartition(".")[2].replace("$", "") for n, c in names.items() if n[:4] == "chk_"}
    assert len(checks) > 60
    got = calc.get(list(checks.values()), sheet="Self-test")
    wrong = {name: got[cell] for name, cell in checks.items() if got[cell] != [[1.0]]}
    assert wrong == {}


def test_a_check_that_is_wrong_would_be_seen(calc, book, tmp_path):
    book(shutil.copy(WORKBOOKS / "selftest.xlsx", tmp_path))
    calc.put({"D7": -1}, sheet="Self-test")
    assert calc.get(["E7", "B4"], sheet="Self-test") == {"E7": [[0.0]], "B4": [[0.0]]}


def test_typed_functions_in_the_worked_example_equal_python_error_values_included(
    calc, book, small, tmp_path
):
    source = openpyxl.load_workbook(small / "worked_example.xlsx")
    items = source["ItemMaster"]
    head = {c.value: c.column for c in items[1]}
    price = head["Unit Retail"] if "Unit Retail" in head else _priced(head)
    letter = openpyxl.utils.get_column_letter(price)
    rows = range(2, items.max_row + 1)
    typed = source.create_sheet("Typed")
    typed.append(["nrv", "at half", "average", "nothing held", "word", "range"])
    for row in rows:
        typed.cell(row, 1, f"=INV_NRV(ItemMaster!{letter}{row},,,0.08)")
        typed.cell(row, 2, f"=INV_LCNRV(ItemMaster!{letter}{row},A{row}/2)")
        typed.cell(row, 3, f"=INV_AUR(ItemMaster!{letter}{row}*{row},{row})")
        typed.cell(row, 4, f"=INV_AUR(ItemMaster!{letter}{row},{row % 2})")
        typed.cell(row, 5, '=INV_NRV("none")' if row % 2 else "=INV_NRV(10,0,0,2)")
    path = tmp_path / "typed.xlsx"
    source.save(path)
    book(path)
    calc.recalculate()
    got = calc.get([f"A2:E{items.max_row}"], sheet="Typed")[f"A2:E{items.max_row}"]
    errors = 0
    for row, cells in zip(rows, got, strict=True):
        value = float(items.cell(row, price).value)
        nrv = one("INV_NRV", value, 0.0, 0.0, 0.08)
        wanted = [
            nrv,
            one("INV_LCNRV", value, nrv / 2),
            one("INV_AUR", value * row, float(row)),
            one("INV_AUR", value, float(row % 2)),
            one("INV_NRV", "none") if row % 2 else one("INV_NRV", 10.0, 0.0, 0.0, 2.0),
        ]
        for cell, want in zip(cells, wanted, strict=True):
            if isinstance(want, Mark):
                errors += 1
                assert cell["shown"] == want.spelling
            else:
                assert cell == pytest.approx(want, rel=1e-12)
    assert errors >= len(rows)
    # Saved by Calc, the formula is the plain one that Excel knows, with its value.
    calc.save_as(str(tmp_path / "saved.xlsx"))
    saved = openpyxl.load_workbook(tmp_path / "saved.xlsx")["Typed"]
    assert saved["A2"].value.startswith("=INV_NRV(ItemMaster!")
    kept = openpyxl.load_workbook(tmp_path / "saved.xlsx", data_only=True)["Typed"]
    assert kept["A2"].value == pytest.approx(got[0][0])
    assert {kept.cell(r, 5).value for r in rows} == {"#VALUE!", "#NUM!"}


def _priced(head):
    return next(column for name, column in head.items() if name and "Price" in name)


def test_formulas_in_other_hosts_spellings_answer_once_respelled(calc, book, tmp_path):
    path = tmp_path / "elsewhere.xlsx"
    made = xlsxwriter.Workbook(str(path))
    sheet = made.add_worksheet("S")
    for row, prefix in enumerate(("_xldudf_", "_xll.", "[1]!")):
        sheet.write_formula(row, 0, f"={prefix}INV_NRV(70,20)", value=0)
    made.close()
    respell_file(path, tmp_path / "plain.xlsx")
    book(path)
    calc.recalculate()
    assert [50.0] not in calc.get(["A1:A3"])["A1:A3"]
    book(tmp_path / "plain.xlsx")
    calc.recalculate()
    assert calc.get(["A1:A3"])["A1:A3"] == [[50.0]] * 3


def sheets_of(calc, names):
    return {name: (calc.data(name), calc.formulas(name)) for name in names}


def different(ours, theirs):
    """Cells that differ, by sheet; the last bits of a recalculated sum may."""
    out = []
    for name, (data, formulas) in ours.items():
        for got, wanted in zip((data, formulas), theirs[name], strict=True):
            assert [len(r) for r in got] == [len(r) for r in wanted], name
            for r, (row, want_row) in enumerate(zip(got, wanted, strict=True)):
                out += [
                    (name, r, c, cell, want)
                    for c, (cell, want) in enumerate(zip(row, want_row, strict=True))
                    if cell != want and not _close(cell, want)
                ]
    return out


def _close(cell, want):
    numbers = isinstance(cell, float) and isinstance(want, float)
    return numbers and cell == pytest.approx(want, rel=1e-12, abs=1e-9)


def test_the_menus_refresh_writes_the_tabs_of_invval_refresh(calc, book, small, tmp_path):
    book(small / "refreshed.xlsx")
    papers = [name for name in calc.sheets() if name in PAPERS]
    assert len(papers) >= 10
    theirs = sheets_of(calc, papers)

    mine = tmp_path / "worked_example.xlsx"  # the papers print the file's name
    shutil.copy(small / "worked_example.xlsx", mine)
    untouched = mine.read_bytes()
    inputs = book(mine)
    state, text = calc.dispatch("vnd.invval.calc:refresh")
    assert state == 1, text
    assert f"{len(papers)} papers written" in text
    assert calc.sheets() == [*inputs, *papers]
    # Not saved before: the very file was read, so even run id and hashes are the command's.
    assert different(sheets_of(calc, papers), theirs) == []
    assert mine.read_bytes() == untouched
    assert calc.modified()

    # The user's own things stay: an unsaved cell, a formula into a paper, a moved tab.
    calc.put({"H60": "my note", "I60": "='C-1 Lead'.A1"}, sheet="Guide")
    state, text = calc.dispatch("vnd.invval.calc:refresh")
    assert state == 1, text
    assert calc.sheets() == [*inputs, *papers]
    assert calc.get(["H60:I60"], sheet="Guide")["H60:I60"] == [
        ["my note", theirs["C-1 Lead"][0][0][0]]
    ]
    left = [d for d in different(sheets_of(calc, papers), theirs) if not _of_the_file(*d[3:])]
    assert left == []


def _of_the_file(cell, want):
    """Hashes, the run named by them, and the program that wrote the file: an unsaved document's
    are its own."""
    if not (isinstance(cell, str) and isinstance(want, str)):
        return False
    plain = [re.sub(r"[0-9a-f]{12,}", "#", text) for text in (cell, want)]
    return plain[0] == plain[1] or (want == "Microsoft Excel 12.0000" and "LibreOffice" in cell)


def test_verify_and_export_from_the_menu_of_a_workbook_that_calc_saved(calc, book, small, tmp_path):
    mine = tmp_path / "close.xlsx"
    shutil.copy(small / "refreshed.xlsx", mine)
    by_command = mine.read_bytes()
    book(mine)
    calc.put({"H60": "my note"}, sheet="Guide")
    calc.save()
    assert mine.read_bytes() != by_command
    state, text = calc.dispatch("vnd.invval.calc:verify")
    assert state == 1, text
    assert text.splitlines() == [
        "Everything that was done held.",
        "Hashes: not done",  # a workbook in work has no manifest yet
        "Inputs: not done",
        *(f"{step}: held" for step in ("Papers", "Foots", "Ties", "Recalculation")),
        "Sign-off binding: held",
    ]
    state, text = calc.dispatch("vnd.invval.calc:export")
    assert state == 1, text
    (binder,) = tmp_path.glob("close binder *")
    assert binder.name in text
    made = {path.name for path in binder.iterdir()}
    assert made == {"binder.xlsx", "binder.pdf", "manifest.json", "evidence"}
    assert main(["verify", str(binder), "--no-recalculation"]) == 0


def test_a_cell_that_asks_during_a_run_is_told_and_neither_waits(small, tmp_path):
    module = bridge_module()
    bridge = module.Bridge(this_python)
    facts = {"book": str(small / "worked_example.xlsx"), "saved": "", "unsaved": False,
             "out": str(tmp_path / "out.xlsx")}  # fmt: skip
    told = []

    def meanwhile(_step, _share):
        for ask in (partial(bridge.call, "INV_NRV", [70.0, 20.0]),
                    partial(bridge.run, "last_error", {})):  # fmt: skip
            with pytest.raises(module.Occupied, match="under way"):
                ask()  # on the run's own thread, as the office does between two steps
            other = threading.Thread(target=lambda ask=ask: told.append(_refused(ask)))
            other.start()  # and on another, which holds what the progress needs
            other.join(30)

    try:
        answer = bridge.run("refresh", facts, meanwhile)
        assert answer["papers"] == facts["out"]
        assert told
        assert set(told) == {"Occupied"}
        assert bridge.missed  # the office recalculates after the run
        assert bridge.call("INV_NRV", [70.0, 20.0]) == [[50.0]]
        assert bridge.starts == 1
    finally:
        bridge.stop()


def _refused(ask):
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - whichever it is, the test names it
        return type(error).__name__
    return "answered"


def test_a_refusal_says_why_and_leaves_the_document_as_it_was(calc, book, small, tmp_path):
    path = tmp_path / "broken.xlsx"
    shutil.copy(small / "worked_example.xlsx", path)
    before = book(path)
    calc.put({"A2": None, "B2": None}, sheet="BalanceSet")
    state, text = calc.dispatch("vnd.invval.calc:refresh")
    assert state == 0
    assert "Nothing was written" in text
    assert "finding(s) stop the run" in text
    assert calc.sheets() == before


def test_last_error_tells_the_sentence_behind_an_error_value(calc):
    assert calc.cell('=INV_NRV("abc")')["shown"] == "#VALUE!"
    state, text = calc.dispatch("vnd.invval.calc:last_error")
    assert state == 1
    assert text == (
        'INV_NRV answered #VALUE!: selling_price is the text "abc" where a number belongs.'
    )


def test_a_menu_entry_stands_exactly_where_its_run_does():
    assert [entry.name for entry in MENU] == list(RUNS)


@pytest.mark.parametrize("entry", ["train", "record", "export", "verify"])
def test_what_works_on_the_saved_file_asks_for_it(calc, entry):
    state, text = calc.dispatch(f"vnd.invval.calc:{entry}")
    assert state == 0
    assert "save the document first" in text
