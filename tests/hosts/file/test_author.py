"""A new workbook says what its plans say, the same bytes each time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.hosts.file.charts import range_values
from invval_xl.hosts.file.write import author
from invval_xl.workpapers.sheet_plan import PlanBlock, PlanCell, PlanColumn, SheetPlan
from tests.hosts.file.writing_plans import CREATED, binder, detail, lead
from tests.tools import REPO, converted, needs_libreoffice, needs_validator, open_xml_errors

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A binder with a long paper, long enough for the vectorised way."""
    out = tmp_path_factory.mktemp("author") / "binder.xlsx"
    author(binder(1000), out, created=CREATED)
    return out


def test_every_cell_is_there(book: Path) -> None:
    values = openpyxl.load_workbook(book, data_only=True)
    formulas = openpyxl.load_workbook(book)
    plan = detail(1000)
    sheet, typed = values[plan.name], formulas[plan.name]
    (block,) = plan.blocks
    for offset, column in enumerate(block.columns):
        for index, value in enumerate(column.values):
            row = block.top + index
            cell = sheet.cell(row, block.left + offset)
            unknown = value is None or (isinstance(value, float) and np.isnan(value))
            if column.formula:
                assert typed.cell(row, block.left + offset).value == column.formula.replace(
                    "{row}", str(row)
                )
                assert cell.value == (None if unknown else value)
            elif isinstance(value, str):
                # openpyxl does not undo Excel's own _xHHHH_ escapes
                assert str(cell.value).replace("_x005F_", "_") == value
            else:
                assert cell.value == (None if unknown else value)
            style = column.style if column.styles is None else column.styles[index]
            assert cell.number_format == plan.styles[style].number_format


def test_the_furniture_is_there(book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["C-3 LCNRV"]
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref == "A4:F1004"
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.print_area == "'C-3 LCNRV'!$A$1:$F$1004"
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.oddHeader.left.text == "Entity"
    assert sheet.oddFooter.center.text == "Page &P of &N"
    assert sheet.sheet_properties.tabColor.rgb == "FFC00000"
    assert sheet.protection.sheet
    assert not sheet["F2"].protection.locked
    assert sheet["A1"].protection.locked
    assert [str(merge) for merge in sheet.merged_cells.ranges] == ["A1:D1"]
    assert sheet.column_dimensions["A"].width == pytest.approx(20.7109375)
    assert sheet.row_dimensions[1].height == 30
    assert sheet["A2"].hyperlink.location == "'C-1 Lead'!A1"
    assert not sheet.sheet_view.showGridLines
    rules = {str(v.sqref): v for v in sheet.data_validations.dataValidation}
    assert rules["H5:H20"].formula1 == '"a,b,c"'
    assert (rules["I5:I20"].formula1, rules["I5:I20"].formula2) == ("0", "1")
    assert rules["J5:J20"].type == "date"
    assert rules["K5:K20"].formula1 == "'C-1 Lead'!$A$3:$A$5"
    kinds = {rule.type for entry in sheet.conditional_formatting for rule in entry.rules}
    assert kinds == {"expression", "dataBar"}


def test_charts_and_tables_are_there_with_their_figures_cached(book: Path) -> None:
    with zipfile.ZipFile(book) as package:
        charts = [package.read(n).decode() for n in package.namelist() if "charts/chart" in n]
        table = package.read("xl/tables/table1.xml").decode()
        assert "xl/sharedStrings.xml" not in package.namelist()
    assert any("barChart" in chart and 'grouping val="stacked"' in chart for chart in charts)
    (pie,) = [chart for chart in charts if "pieChart" in chart]
    assert [pie.index(colour) for colour in ("2E7D32", "C62828")] == sorted(
        pie.index(colour) for colour in ("2E7D32", "C62828")
    )
    assert all("<c:v>10.5</c:v>" in chart and "<c:v>4.25</c:v>" in chart for chart in charts)
    assert 'displayName="tblLeadKinds"' in table


def test_the_grid_and_number_format_of_a_chart_follow_its_figures(tmp_path: Path) -> None:
    """Bars lie: their figures run along the other axis."""
    for kind in ("bar", "column"):
        chart = replace(lead().charts[0], kind=kind, number_format="0.0")
        out = tmp_path / f"{kind}.xlsx"
        author([replace(lead(), charts=(chart,))], out, created=CREATED)
        with zipfile.ZipFile(out) as package:
            source = package.read("xl/charts/chart1.xml").decode()
        figures = source[source.index("<c:valAx>") : source.index("</c:valAx>")]
        categories = source[source.index("<c:catAx>") : source.index("</c:catAx>")]
        assert 'formatCode="0.0"' in figures
        assert "majorGridlines" in figures
        assert "majorGridlines" not in categories


def test_chart_figures_come_from_cells_and_blocks_alike() -> None:
    plans = binder(10)
    assert range_values(plans, "='C-1 Lead'!$A$4:$B$5") == ["a", 10.5, "b", 4.25]
    assert range_values(plans, "'C-3 LCNRV'!$A$5:$A$6") == ["00000", "00001"]
    assert range_values(plans, "=Elsewhere!$A$1") is None


def test_two_builds_are_byte_identical_even_in_another_process(book: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    author(binder(1000), again, created=CREATED)
    assert again.read_bytes() == book.read_bytes()
    other = tmp_path / "other.xlsx"
    code = (
        "from pathlib import Path\n"
        "from invval_xl.hosts.file.write import author\n"
        "from tests.hosts.file.writing_plans import CREATED, binder\n"
        f"author(binder(1000), Path({str(other)!r}), created=CREATED)\n"
    )
    environment = {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "PYTHONPATH": str(REPO)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=tmp_path)
    assert other.read_bytes() == book.read_bytes()


@needs_validator
def test_microsofts_validator_finds_nothing(book: Path) -> None:
    assert not open_xml_errors(book)


@needs_libreoffice
def test_libreoffice_recalculates_every_formula_to_the_cached_value(
    book: Path, tmp_path: Path
) -> None:
    (saved,) = converted([book], "xlsx", tmp_path)
    told = openpyxl.load_workbook(book, data_only=True)
    found = openpyxl.load_workbook(saved, data_only=True)
    count = 0
    for row in openpyxl.load_workbook(book)["C-3 LCNRV"].iter_rows(min_row=5):
        for cell in row:
            if cell.data_type == "f":
                value = told["C-3 LCNRV"][cell.coordinate].value
                other = found["C-3 LCNRV"][cell.coordinate].value
                assert (other or None) == (pytest.approx(value, abs=0.004) if value else None)
                count += 1
    assert count == 1000
    total = told["C-1 Lead"]["A2"].value
    assert found["C-1 Lead"]["A2"].value == pytest.approx(total, abs=0.004)


def test_text_a_file_cannot_hold_is_refused_by_cell_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    out.write_bytes(b"before")
    plan = SheetPlan("S", cells=(PlanCell(2, 3, "bell\x07"), PlanCell(3, 3, float("inf"))))
    with pytest.raises(RefusedError) as refused:
        author([lead(), plan], out, created=CREATED)
    assert {(f.code, f.address) for f in refused.value.findings} == {
        ("WB902", "S!C2"),
        ("WB903", "S!C3"),
    }
    assert out.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.xlsx"]


def test_a_missing_folder_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="folder"):
        author(binder(9), tmp_path / "none" / "out.xlsx", created=CREATED)


@pytest.mark.parametrize(
    "plan",
    [
        SheetPlan("a/b"),
        SheetPlan("x" * 32),
        SheetPlan("History"),
        SheetPlan("'quoted"),
        SheetPlan("S", names={"A1": "S!$A$1"}),
        SheetPlan("S", names={"R": "S!$A$1"}),
        SheetPlan("S", header="x" * 256),
    ],
)
def test_names_excel_does_not_take_are_faults(plan: SheetPlan, tmp_path: Path) -> None:
    with pytest.raises((ValueError, UserWarning)):
        author([plan], tmp_path / "out.xlsx", created=CREATED)


def test_no_paper_of_ours_is_marked_on_input_sheets(tmp_path: Path) -> None:
    out = tmp_path / "starter.xlsx"
    author([replace(lead(), owned=False, name="Control")], out, created=CREATED)
    assert "_invval_paper" not in openpyxl.load_workbook(out)["Control"].defined_names


def test_a_long_sheet_is_written_in_bounded_memory(tmp_path: Path) -> None:
    """Four times the rows take no more memory: the rows are streamed."""
    code = (
        "import numpy as np\n"
        "from pathlib import Path\n"
        "from invval_xl.hosts.file.write import author\n"
        "from invval_xl.workpapers.sheet_plan import PlanBlock, PlanColumn, SheetPlan\n"
        "from tests.hosts.file.writing_plans import CREATED\n"
        "from tests.peak import peak_memory as peak\n"
        "column = PlanColumn(np.random.default_rng(1).random(400_000))\n"
        "def write(rows):\n"
        "    part = PlanColumn(column.values[:rows])\n"
        f"    author([SheetPlan('S', blocks=(PlanBlock(1, 1, (part,) * 5),))],"
        f" Path({str(tmp_path / 'o.xlsx')!r}), created=CREATED)\n"
        "write(100_000); first = peak(); write(400_000); print(peak() - first)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPO,
    )
    assert int(done.stdout) < 30e6


def test_blocks_of_no_rows_are_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    block = PlanBlock(5, 1, (PlanColumn(np.array([])),))
    author([SheetPlan("S", cells=(PlanCell(1, 1, "x"),), blocks=(block,))], out, created=CREATED)
    assert openpyxl.load_workbook(out)["S"].dimensions == "A1:A1"
