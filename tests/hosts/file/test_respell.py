"""respell changes the formulas that carry another host's prefix, and nothing else in the file."""

from __future__ import annotations

import zipfile

import openpyxl
import pytest
import xlsxwriter

from invval_xl.findings import RefusedError
from invval_xl.hosts.file.respell import plain_formula, respell_file
from tests.tools import REPO

SPELLED = {
    "A1": ("_xldudf_INV_NRV(70,20)", "INV_NRV(70,20)"),
    "A2": ("_xll.INV_NRV(70,20)", "INV_NRV(70,20)"),
    "A3": ("[1]!INV_NRV(70,20)", "INV_NRV(70,20)"),
    "A4": ('IF("_xll.INV_NRV("<"b",[2]!INV_AUC(A1,A2)&"x",1)', None),
    "A5": ("SUM(A1:A3)", "SUM(A1:A3)"),
    "A6": ("_xll.SOMEBODY(A1)", "_xll.SOMEBODY(A1)"),
    "A7": ("_xldudf_INV_NOT_OURS(A1)", "_xldudf_INV_NOT_OURS(A1)"),
    "A8": ("INV_NRV(70,20)", "INV_NRV(70,20)"),
    "A9": ("'C:\\adds\\invval.xlam'!INV_NRV(A1)", "INV_NRV(A1)"),
}


def spelled(path, wanted):
    """A workbook whose first sheet stores those formulas, its second none."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Typed")
    for cell, (formula, _) in wanted.items():
        sheet.write_formula(cell, f"={formula}", value=50)
    other = book.add_worksheet("Other")
    other.write("A1", "text _xll.INV_NRV( in a cell")
    other.insert_image("C3", str(REPO / "workbooks" / "lead.png"))
    book.close()
    return path


def members(path):
    with zipfile.ZipFile(path) as package:
        return {
            i.filename: (package.read(i), i.compress_size, i.date_time) for i in package.filelist
        }


def formulas(path):
    sheet = openpyxl.load_workbook(path)["Typed"]
    return {cell: sheet[cell].value for cell in SPELLED}


def test_only_those_formulas_change_and_every_other_part_is_byte_identical(tmp_path):
    book = spelled(tmp_path / "book.xlsx", SPELLED)
    before = members(book)
    done = respell_file(book, tmp_path / "out.xlsx")
    after = members(tmp_path / "out.xlsx")
    assert list(after) == list(before)
    assert {n for n in before if before[n] != after[n]} == {"xl/worksheets/sheet1.xml"}
    assert members(book) == before
    assert done.count == 5
    assert [(f.code, f.sheet) for f in done.findings] == [("AD213", "Typed")]
    for cell, (_, plain) in SPELLED.items():
        if plain is not None:
            assert formulas(tmp_path / "out.xlsx")[cell] == f"={plain}"
    assert formulas(tmp_path / "out.xlsx")["A4"] == '=IF("_xll.INV_NRV("<"b",INV_AUC(A1,A2)&"x",1)'
    cached = openpyxl.load_workbook(tmp_path / "out.xlsx", data_only=True)["Typed"]["A1"].value
    assert cached == 50


def test_in_place_keeps_one_backup_and_a_second_time_does_nothing(tmp_path):
    book = spelled(tmp_path / "book.xlsx", SPELLED)
    old = book.read_bytes()
    assert respell_file(book).count == 5
    assert (tmp_path / "book.invval-backup.xlsx").read_bytes() == old
    new = book.read_bytes()
    again = respell_file(book)
    assert (again.count, [f.code for f in again.findings]) == (0, ["AD214"])
    assert book.read_bytes() == new
    left = sorted(p.name for p in tmp_path.iterdir() if not p.name.endswith("-lock"))
    assert left == ["book.invval-backup.xlsx", "book.xlsx"]


def test_a_workbook_without_such_formulas_is_copied_as_it_is(tmp_path):
    source = REPO / "workbooks" / "selftest.xlsx"
    respell_file(source, tmp_path / "same.xlsx")
    assert members(tmp_path / "same.xlsx") == members(source)


def test_what_is_no_workbook_is_refused_and_stays(tmp_path):
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"PK no workbook at all")
    with pytest.raises(RefusedError):
        respell_file(book)
    assert book.read_bytes() == b"PK no workbook at all"


def test_prefixes_in_any_case_and_names_with_suffixes_are_read_right():
    assert plain_formula("_XLDUDF_INV_NRV(A1)") == "INV_NRV(A1)"
    assert plain_formula("_xll.INV_NRVX(A1)") == "_xll.INV_NRVX(A1)"
    assert (
        plain_formula("'My Sheet'!A1+[1]!INV_NRV('[b]x'!A1)") == "'My Sheet'!A1+INV_NRV('[b]x'!A1)"
    )
