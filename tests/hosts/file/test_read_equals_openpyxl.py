# A sheet's dates have no zone.
# ruff: noqa: DTZ001
"""What we read equals what openpyxl reads: values, kinds, errors and addresses, cell by cell."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import warnings
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invval_xl.hosts.file import sheet as sheet_module
from invval_xl.hosts.file.read import read_sheet
from tests.hosts.file.oracle import differences, ours, theirs

REPO = Path(__file__).resolve().parents[3]
WORKBOOKS = sorted((REPO.parent / "shared" / "data" / "workbooks").glob("*.xlsx"))
QUICK = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]),
    min_size=1, max_size=12,
)  # fmt: skip
WORDS = st.one_of(
    TEXT,
    st.sampled_from([
        "00123", "=1+1", "+1", "#N/A", "TRUE", " lead", "trail ", "a\nb", "<v>&amp;", "]]>",
        "NA", "1E5", "'quoted", '"', "_x000", "\u00a0x", "é" * 40, "-", "&lt;", "\t",
    ]),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-(10**15), 10**15),
    st.floats(-9.99e307, 9.99e307),
    st.sampled_from([0, -0.0, 0.1, 1e-300, 9.99999999999999e307, 5e-324, 123456789012345678]),
)
DATES = st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2999, 12, 31)).map(
    lambda d: d.replace(microsecond=0)
)
PLACES = st.tuples(
    st.one_of(st.integers(1, 30), st.integers(1, 3000)),
    st.one_of(st.integers(1, 8), st.integers(1, 60), st.sampled_from([27, 53, 200])),
)


@st.composite
def cells(draw: st.DrawFn, *kinds: st.SearchStrategy) -> dict[tuple[int, int], tuple[str, object]]:
    return draw(st.dictionaries(PLACES, st.one_of(*kinds), min_size=0, max_size=60))


def tagged(kind: str, values: st.SearchStrategy) -> st.SearchStrategy:
    return values.map(lambda value: (kind, value))


ERRORS = st.sampled_from(["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NUM!", "#NAME?", "#NULL!"])
COMMON = (
    tagged("number", NUMBERS), tagged("text", WORDS), tagged("bool", st.booleans()),
    tagged("date", DATES), tagged("blank", st.none()),
)  # fmt: skip


def same(path: Path, sheet: str = "Sheet1") -> None:
    found = differences(ours(read_sheet(path, sheet).value), theirs(path, sheet))
    assert not found, found[:5]


@pytest.mark.skipif(not WORKBOOKS, reason="../shared/data/workbooks is absent")
@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda p: p.stem)
def test_real_workbooks_are_read_cell_for_cell(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it would drop
        names = openpyxl.load_workbook(path, read_only=True).sheetnames
        for name in names:
            same(path, name)


@QUICK
@given(content=cells(*COMMON, tagged("error", ERRORS), tagged("formula", NUMBERS)))
def test_sheets_written_by_openpyxl_are_read_cell_for_cell(tmp_path: Path, content: dict) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    for (row, column), (kind, value) in content.items():
        cell = sheet.cell(row, column)
        if kind == "blank":
            cell.number_format = "0.00"
        elif kind == "formula":
            cell.value = "=1+1"
        else:
            cell.value = value
            if kind == "text":
                cell.data_type = "s"
            if kind == "error":
                cell.data_type = "e"
    path = tmp_path / "book.xlsx"
    book.save(path)
    same(path)


@QUICK
@given(
    content=cells(
        *COMMON,
        tagged("formula", NUMBERS), tagged("formula", WORDS), tagged("formula", ERRORS),
        tagged("formula", st.booleans()), tagged("array", NUMBERS), tagged("rich", WORDS),
    )
)  # fmt: skip
def test_sheets_written_by_xlsxwriter_are_read_cell_for_cell(tmp_path: Path, content: dict) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sheet1")
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        bold = book.add_format({"bold": True})
        for (row, column), (kind, value) in content.items():
            at = (row - 1, column - 1)
            if kind == "number":
                sheet.write_number(*at, value)
            elif kind == "text":
                sheet.write_string(*at, value)
            elif kind == "bool":
                sheet.write_boolean(*at, value)
            elif kind == "date":
                sheet.write_datetime(*at, value, day)
            elif kind == "blank":
                sheet.write_blank(*at, None, bold)
            elif kind == "formula":
                sheet.write_formula(*at, '=A1&"<>"', None, value)
            elif kind == "array":
                sheet.write_array_formula(*at, *at, "{=SUM(A1:A2)}", None, value)
            else:
                sheet.write_rich_string(*at, "first ", bold, value)
    same(path)


@QUICK
@given(content=cells(*COMMON, tagged("formula", WORDS), tagged("formula", NUMBERS)))
def test_swift_and_careful_reader_agree(
    tmp_path: Path, content: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sheet1")
        for (row, column), (kind, value) in content.items():
            at = (row - 1, column - 1)
            if kind == "formula":
                sheet.write_formula(*at, "=1", None, value)
            elif kind == "text":
                sheet.write_string(*at, value)
            elif kind == "date":
                sheet.write_datetime(*at, value, book.add_format({"num_format": 14}))
            elif value is not None:
                sheet.write(*at, value)
    swift = ours(read_sheet(path, "Sheet1").value)
    with monkeypatch.context() as patch:
        patch.setattr(sheet_module.SwiftCells, "read", lambda *_: None)
        careful = ours(read_sheet(path, "Sheet1").value)
    assert swift == careful


def test_ordinary_workbooks_are_read_by_the_swift_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the agreement above would compare the careful reader with itself."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sheet1")
        for row in range(200):
            sheet.write_row(row, 0, [row, f"text {row}", row / 7, True])
            sheet.write_formula(row, 4, "=A1", None, row)
            sheet.write_formula(row, 5, "=NA()", None, "#N/A")

    def refuse(*_: object) -> None:
        raise AssertionError("the careful reader was asked")

    monkeypatch.setattr(sheet_module.CarefulCells, "_open_cell", refuse)
    assert len(ours(read_sheet(path, "Sheet1").value)) == 1200
    book = openpyxl.Workbook()
    for row in range(1, 50):
        book.active.append([row, "inline", dt.datetime(2025, 1, 1), None, 0.5])
    book.active["F1"] = "=1+1"
    book.save(path)
    assert len(ours(read_sheet(path, "Sheet").value)) == 49 * 4 + 1


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is absent")
def test_a_workbook_saved_by_libreoffice_is_read_cell_for_cell(tmp_path: Path) -> None:
    source = tmp_path / "source.xlsx"
    with xlsxwriter.Workbook(source) as book:
        sheet = book.add_worksheet("Sheet1")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        padded = book.add_format({"num_format": "00000"})
        for row in range(3, 60):
            sheet.write_string(row, 1, f"{row:05d}")
            sheet.write_number(row, 2, row, padded)
            sheet.write_datetime(row, 4, dt.datetime(2024, 1, 1) + dt.timedelta(row), day)
            sheet.write_formula(row, 5, "=C4/0" if row % 9 == 0 else "=C4*2", None, 0)
            sheet.write_formula(row, 6, '=IF(C4>0,"","x")', None, "")
            sheet.write_boolean(row, 7, bool(row % 2))
        sheet.merge_range("B1:E2", "Title & <more>")
    out = tmp_path / "out"
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(source)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    same(out / "source.xlsx")
    grid = read_sheet(out / "source.xlsx", "Sheet1").value
    assert grid.body[2].number_format == "00000"
