"""read_book: contract sheets with exact addresses, what surrounds them, and what the file is."""
# A sheet's dates have no zone.
# ruff: noqa: DTZ001

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest
import xlsxwriter

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.preflight import preflight
from invval_xl.hosts.file.read import read_book, read_sheet
from invval_xl.hosts.file.styles import is_date_format, pads_digits
from invval_xl.tables.grid import CellError, CellUncalculated, Kind
from tests.hosts.file.packing import ITEMS, SHEET, Book, header_row, inline, item_row, sheet_xml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A title above a header, mixed columns, a gap, hidden things, and a Control sheet."""
    path = tmp_path / "close.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.set_properties({"created": dt.datetime(2025, 1, 31), "company": "Acme"})
        day = made.add_format({"num_format": "dd.mm.yyyy"})
        padded = made.add_format({"num_format": "00000"})
        control = made.add_worksheet("Control")
        control.write_row(0, 0, ["Setting", "Value"])
        control.write_row(1, 0, ["Entity", "Acme"])
        control.write(2, 0, "Period End")
        control.write_datetime(2, 1, dt.datetime(2025, 1, 31), day)
        control.write(3, 0, "GL Inventory")
        control.write_formula(3, 1, "=1/0", None, "#DIV/0!")
        control.write(4, 0, "GL Reserve")
        control.write_number(4, 1, 1200)
        sheet = made.add_worksheet("Item Master")
        sheet.merge_range("A1:C1", "Items as of January")
        sheet.write_row(2, 1, ["SKU", "Category", "Ticket Price", "Launch Date"])
        for row in (3, 4, 9):
            sheet.write_number(row, 1, row, padded)
            sheet.write_string(row, 2, "Shoes")
            sheet.write_number(row, 3, row / 8)
            sheet.write_datetime(row, 4, dt.datetime(2024, 2, 29, 12), day)
        sheet.write_string(9, 1, "X9")
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True})
        made.add_worksheet("Scratch").write(0, 0, "x")
    return path


def test_body_addresses_are_exact_below_a_title_and_across_a_gap(book: Path) -> None:
    grid = read_book(book).value.grids["Item Master"]
    assert grid.body_row == 4
    assert grid.rows == 7
    kinds = [Kind(int(k)).name for k in grid.body[1].kind]
    assert kinds == ["NUMBER", "NUMBER", "BLANK", "BLANK", "BLANK", "BLANK", "TEXT"]
    assert grid.body[1].text is not None
    assert grid.body[1].text[6] == "X9"
    assert not grid.body[0].kind.any()
    assert grid.body[3].number[0] == 3 / 8
    assert grid.body[4].number[0] == 45351.5
    assert Kind(int(grid.body[4].kind[0])) is Kind.DATE


def test_rows_above_the_body_have_their_merges_filled(book: Path) -> None:
    top = read_book(book).value.grids["Item Master"].top
    assert top[0][:3] == ("Items as of January",) * 3
    assert top[2][1:5] == ("SKU", "Category", "Ticket Price", "Launch Date")


def test_number_format_of_a_key_column_is_kept(book: Path) -> None:
    grid = read_book(book).value.grids["Item Master"]
    assert grid.body[1].number_format == "00000"
    assert grid.body[3].number_format == ""


def test_hidden_rows_and_columns_are_told(book: Path) -> None:
    grid = read_book(book).value.grids["Item Master"]
    assert grid.hidden_rows == {5}
    assert grid.hidden_columns == {4}
    assert not grid.filtered


def test_control_is_read_whole_as_raw_values_with_errors_told_apart(book: Path) -> None:
    grid = read_book(book).value.grids["Control"]
    assert grid.body == ()
    assert grid.top[2] == ("Period End", dt.datetime(2025, 1, 31))
    assert grid.top[3] == ("GL Inventory", "#DIV/0!")
    assert isinstance(grid.top[3][1], CellError)
    assert grid.top[4] == ("GL Reserve", 1200)


def test_a_control_value_never_calculated_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    made = openpyxl.Workbook()
    made.active.title = "Control"
    made.active.append(["GL Inventory", "=1+1"])
    made.save(path)
    value = read_book(path).value.grids["Control"].top[0][1]
    assert isinstance(value, CellUncalculated)
    assert value == "(formula not calculated)"  # never blank: a blank would become a default


def test_other_sheets_are_named_but_not_read(book: Path) -> None:
    raw = read_book(book).value
    assert list(raw.grids) == ["Control", "Item Master", "Scratch"]
    assert raw.grids["Scratch"].top == raw.grids["Scratch"].body == ()


def test_facts_name_the_file_and_hash_what_was_read(book: Path) -> None:
    facts = read_book(book).value.facts
    assert facts.name == "close.xlsx"
    assert facts.sha256 == hashlib.sha256(book.read_bytes()).hexdigest()
    assert facts.size == book.stat().st_size
    assert facts.application.startswith("Microsoft Excel")
    assert facts.modified == "2025-01-31T00:00:00Z"
    assert preflight(book).value == facts


def test_the_hash_of_a_sheet_follows_its_content_not_the_packing(tmp_path: Path) -> None:
    one, other, changed = (tmp_path / f"{n}.xlsx" for n in "abc")
    one.write_bytes(Book().pack())
    other.write_bytes(Book(extra={"docProps/app.xml": "<Properties/>"}).pack())
    changed.write_bytes(Book({SHEET: sheet_xml(ITEMS + item_row(12))}).pack())
    hashes = [read_book(p).value.grids[SHEET].sha256 for p in (one, other, changed)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_column_that_mixes_formats_has_one_for_each_cell(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("ItemMaster")
        padded = made.add_format({"num_format": "00000"})
        sheet.write_row(0, 0, ["SKU", "Category"])
        sheet.write_number(1, 0, 12, padded)
        sheet.write_number(2, 0, 13)
        sheet.write_string(3, 0, "x", padded)
    formats = read_book(path).value.grids["ItemMaster"].body[0].number_format
    assert isinstance(formats, np.ndarray)
    assert formats.tolist() == ["00000", "", ""]


def test_reading_twice_gives_the_same(book: Path) -> None:
    one, two = (read_book(book).value.grids["Item Master"] for _ in range(2))
    assert one.sha256 == two.sha256
    for a, b in zip(one.body, two.body, strict=True):
        np.testing.assert_array_equal(a.kind, b.kind)
        np.testing.assert_array_equal(a.number, b.number)


def test_a_long_sheet_crosses_stretches_without_a_seam(tmp_path: Path) -> None:
    rows = 30_000
    path = tmp_path / "book.xlsx"
    body = header_row() + "".join(item_row(r, price=str(r)) for r in range(2, rows + 2))
    path.write_bytes(Book({SHEET: sheet_xml(body)}).pack())
    grid = read_book(path).value.grids[SHEET]
    np.testing.assert_array_equal(grid.body[2].number, np.arange(2.0, rows + 2))
    assert grid.body[0].text is not None
    assert grid.body[0].text.tolist() == [f"{r:05d}" for r in range(2, rows + 2)]


def test_a_stretch_of_another_dialect_amid_a_long_sheet_is_read_in_its_place(
    tmp_path: Path,
) -> None:
    rows = 12_000
    path = tmp_path / "book.xlsx"
    odd = (
        f'<row r="6001"><c r="A6001" cm="1"><v>1</v></c>{inline("B6001", "a")}'
        '<c r="C6001"><v>6001</v></c></row>'
    )
    body = header_row() + "".join(
        odd if r == 6001 else item_row(r, price=str(r)) for r in range(2, rows + 2)
    )
    path.write_bytes(Book({SHEET: sheet_xml(body)}).pack())
    grid = read_book(path).value.grids[SHEET]
    np.testing.assert_array_equal(grid.body[2].number, np.arange(2.0, rows + 2))


def test_a_missing_file_or_a_folder_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="not there"):
        read_book(tmp_path / "none.xlsx")
    with pytest.raises(MisuseError, match="folder"):
        read_book(tmp_path)


def test_an_unknown_sheet_is_misuse(book: Path) -> None:
    with pytest.raises(MisuseError, match="no worksheet called 'Nope'"):
        read_sheet(book, "Nope")


@pytest.mark.parametrize("lock", ["~$close.xlsx", ".~lock.close.xlsx#"])
def test_a_lock_file_beside_the_workbook_is_told(book: Path, lock: str) -> None:
    owner = b"\x03Ana" + b" " * 50 if lock.startswith("~") else b",Ana,host,today;"
    book.with_name(lock).write_bytes(owner)
    (first,) = read_book(book).findings
    assert first.code == "WB302"
    assert "Ana" in first.message


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=100), "WB201"),
        (Limits(part_bytes=3000), "WB203"),
        (Limits(cells=10), "WB209"),
        (Limits(merges=0), "WB210"),
    ],
)
def test_each_limit_refuses_by_its_own_code(tmp_path: Path, limits: Limits, code: str) -> None:
    path = tmp_path / "book.xlsx"
    merge = '<mergeCells><mergeCell ref="A3:A4"/></mergeCells>'
    rows = header_row() + "".join(item_row(r) for r in range(2, 40))
    path.write_bytes(Book({SHEET: sheet_xml(rows, tail=merge)}).pack())
    with pytest.raises(RefusedError) as refused:
        read_book(path, limits=limits)
    assert refused.value.findings[0].code == code


def test_an_unusual_dialect_is_refused_only_when_it_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(Book({SHEET: sheet_xml(ITEMS.replace('"', "'"))}).pack())
    assert read_book(path).value.grids[SHEET].rows == 10
    with pytest.raises(RefusedError) as refused:
        read_book(path, limits=Limits(careful_elements=50))
    assert refused.value.findings[0].code == "WB214"


@pytest.mark.parametrize(
    ("code", "date", "pads"),
    [
        ("General", False, False), ("0", False, False), ("#,##0.00", False, False),
        ("00000", False, True), ("000-000", False, True), ('"SKU-"0', False, True),
        ("m/d/yy", True, False), ("[$-409]mmmm d, yyyy;@", True, False), ("[h]:mm:ss", True, False),
        ("[Red]-0.00", False, False), ('0" days"', False, True), ("@", False, False),
        ('_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)', False, False),
        ("0.00E+00", False, False),
        ("[$€-407] #,##0.00", False, False), ("0%", False, False),
    ],
)  # fmt: skip
def test_number_formats_are_told_apart(code: str, date: bool, pads: bool) -> None:
    assert is_date_format(code) is date
    assert pads_digits(code) is pads
