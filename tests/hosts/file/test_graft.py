"""Our tabs go into the user's workbook and nothing of the user's changes."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import to_excel

from invval_xl.hosts.file.write import Grafted, author, graft
from tests.hosts.file.awkward_books import BOOKS, SHEETML
from tests.hosts.file.writing_plans import CREATED, STYLES, binder, lead, marked
from tests.tools import (
    SHARED,
    converted,
    needs_libreoffice,
    needs_validator,
    open_xml_errors,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

REAL = sorted((SHARED / "data" / "workbooks").glob("*.xlsx"))
BINDER = binder()


def everything() -> dict[str, object]:
    return {**BOOKS, **{path.name: path for path in REAL}}


@pytest.fixture(params=list(everything()))
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each awkward workbook in turn."""
    source = everything()[request.param]
    path = tmp_path / request.param
    if isinstance(source, Path):
        path.write_bytes(source.read_bytes())
    else:
        source(path)  # type: ignore[operator]
    return path


@pytest.fixture
def openable(book: Path) -> Path:
    """Those of the books whose styles openpyxl finds (it looks at xl/styles.xml only)."""
    if book.name == "elsewhere.xlsx":
        for name, data in (parts := members(book)).items():
            parts[name] = data.replace(b"book/", b"xl/")
        with zipfile.ZipFile(book, "w") as package:
            for name, data in parts.items():
                package.writestr(name.replace("book/", "xl/"), data)
    return book


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def raw_record(path: Path, name: str) -> tuple[bytes, tuple[object, ...]]:
    """The compressed bytes of a member as they lie, and what the directory says of it."""
    with zipfile.ZipFile(path) as package, path.open("rb") as stream:
        info = package.getinfo(name)
        stream.seek(info.header_offset)
        head = stream.read(30)
        sizes = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        data = head + stream.read(sizes + info.compress_size)
        told = (info.date_time, info.compress_type, info.CRC, info.external_attr, info.extra)
        return data, told


def allowed(path: Path) -> set[str]:
    """The parts a graft may change: types, workbook, its relationships, styles."""
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
    folder = "book" if "book/workbook.xml" in names else "xl"
    return {
        "[Content_Types].xml",
        f"{folder}/workbook.xml",
        f"{folder}/_rels/workbook.xml.rels",
        f"{folder}/styles.xml",
    }


def test_every_part_not_ours_stays_byte_for_byte_in_its_order(book: Path, tmp_path: Path) -> None:
    out = tmp_path / f"out{book.suffix}"
    before = book.read_bytes()
    graft(book, BINDER, out, created=CREATED)
    assert book.read_bytes() == before
    old, new = members(book), members(out)
    changed = {name for name in old if old[name] != new.get(name)}
    assert changed <= allowed(book)
    assert [name for name in new if name in old] == list(old)
    for name in set(old) - changed:
        assert raw_record(out, name) == raw_record(book, name), name
    ours = set(new) - set(old)
    assert all(
        name.rsplit("/", 2)[-2] in ("worksheets", "drawings", "charts", "tables", "_rels")
        or name.endswith("styles.xml")
        for name in ours
    )


@needs_validator
def test_microsofts_validator_finds_no_error_the_input_did_not_have(
    book: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"out{book.suffix}"
    graft(book, BINDER, out, created=CREATED)
    told = open_xml_errors(out)
    assert not told or not told - open_xml_errors(book)


def test_our_tabs_open_with_their_values_and_looks(openable: Path, tmp_path: Path) -> None:
    book = openable
    out = tmp_path / f"out{book.suffix}"
    graft(book, BINDER, out, created=CREATED)
    values = openpyxl.load_workbook(out, data_only=True)
    formulas = openpyxl.load_workbook(out)
    assert values.sheetnames[-2:] == ["C-1 Lead", "C-3 LCNRV"]
    for plan in BINDER:
        for cell in plan.cells:
            found = values[plan.name].cell(cell.row, cell.column)
            look = STYLES[cell.style]
            value = to_excel(found.value) if found.is_date else found.value
            assert value == cell.value, found
            assert found.number_format == look.number_format
            assert found.font.b == look.bold
            assert found.font.sz == look.size
            assert found.font.name == "Calibri"
            assert (found.fill.fgColor.rgb == f"FF{look.fill}") == bool(look.fill)
            assert found.protection.locked == look.locked
            edge = found.border.bottom
            assert ((edge and edge.style) or "") == look.bottom
    sheet = formulas["C-3 LCNRV"]
    assert sheet["D5"].value == '=IF(ISNUMBER(B5),ROUND(B5*C5,2),"")'
    assert sheet["A1"].data_type != "f"
    assert sheet["A8"].value == "=1+1"
    assert sheet["A8"].data_type != "f"
    fonts = {
        rule.dxf.font.color.rgb
        for r in sheet.conditional_formatting
        for rule in r.rules
        if rule.dxf is not None
    }
    assert fonts == {"FF9C0006"}


def test_the_users_sheets_say_what_they_said(openable: Path, tmp_path: Path) -> None:
    book = openable
    out = tmp_path / f"out{book.suffix}"
    graft(book, BINDER, out, created=CREATED)
    old, new = openpyxl.load_workbook(book), openpyxl.load_workbook(out)
    assert new.sheetnames[: len(old.sheetnames)] == old.sheetnames
    assert new.active is not None
    assert old.active is not None
    assert new.active.title == old.active.title
    for sheet in old.worksheets:
        same = new[sheet.title]
        assert same.sheet_state == sheet.sheet_state
        assert set(same.defined_names) == set(sheet.defined_names)
        assert same.print_area == sheet.print_area
        for row in sheet.iter_rows(max_row=60, max_col=30):
            for cell in row:
                twin = same.cell(cell.row, cell.column)
                assert str(twin.value) == str(cell.value) or "ArrayFormula" in str(cell.value)
                assert twin.number_format == cell.number_format
                assert (twin.font.name, twin.font.sz, twin.font.b, twin.font.i) == (
                    cell.font.name,
                    cell.font.sz,
                    cell.font.b,
                    cell.font.i,
                )
                assert twin.fill.fgColor.rgb == cell.fill.fgColor.rgb
    for name, defined in old.defined_names.items():
        assert new.defined_names[name].attr_text == defined.attr_text


def test_three_grafts_do_not_grow_the_file_and_repeat_its_bytes(book: Path, tmp_path: Path) -> None:
    sizes, last = [], b""
    for turn in range(3):
        done = graft(book, BINDER, book, created=CREATED)
        assert done.added == (("C-1 Lead", "C-3 LCNRV") if turn == 0 else ())
        assert done.replaced == (() if turn == 0 else ("C-1 Lead", "C-3 LCNRV"))
        sizes.append(book.stat().st_size)
        if turn == 2:
            assert members(book) == last
        last = members(book)  # type: ignore[assignment]
    assert sizes[0] == sizes[1] == sizes[2]


def test_a_full_calculation_is_asked_for_on_load(openable: Path, tmp_path: Path) -> None:
    book = openable
    out = tmp_path / f"out{book.suffix}"
    graft(book, BINDER, out, created=CREATED)
    assert openpyxl.load_workbook(out).calculation.fullCalcOnLoad


@needs_libreoffice
def test_libreoffice_opens_every_grafted_book_and_recalculates_our_total(tmp_path: Path) -> None:
    _, long = BINDER
    truth = BINDER[0].cells[1].value
    books = []
    for name, source in everything().items():
        path = tmp_path / name
        if isinstance(source, Path):
            path.write_bytes(source.read_bytes())
        else:
            source(path)  # type: ignore[operator]
        graft(path, (lead(-1.0), long), path, created=CREATED)  # a wrong cached total
        books.append(path)
    for saved in converted(books, "xlsx", tmp_path / "saved"):
        sheet = openpyxl.load_workbook(saved, data_only=True)["C-1 Lead"]
        assert sheet["A2"].value == pytest.approx(truth, abs=0.004), saved.name


@needs_libreoffice
def test_a_book_saved_by_libreoffice_takes_our_tabs_and_knows_them_again(tmp_path: Path) -> None:
    source = tmp_path / "sink.xlsx"
    BOOKS["sink.xlsx"](source)
    (book,) = converted([source], "xlsx", tmp_path / "saved")
    before = members(book)
    graft(book, BINDER, book, created=CREATED)
    after = members(book)
    assert {n for n in before if before[n] != after.get(n)} <= allowed(book)
    (again,) = converted([book], "xlsx", tmp_path / "again")
    done = graft(again, BINDER, again, created=CREATED)
    assert done.replaced == ("C-1 Lead", "C-3 LCNRV")
    assert done.added == ()


def test_a_book_saved_by_openpyxl_between_two_grafts_is_known_again(tmp_path: Path) -> None:
    book = tmp_path / "plain.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    loaded.move_sheet("C-3 LCNRV", -3)
    loaded.save(book)
    done = graft(book, BINDER, book, created=CREATED)
    assert done.replaced == ("C-1 Lead", "C-3 LCNRV")
    assert openpyxl.load_workbook(book).sheetnames[0] == "C-3 LCNRV"


def test_a_tab_of_ours_is_replaced_where_it_stands_and_others_of_ours_are_left(
    tmp_path: Path,
) -> None:
    book = tmp_path / "plain.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    done = graft(book, marked(5), book, created=CREATED)
    assert done == Grafted(("C-0 Index",), (), ("C-1 Lead", "C-3 LCNRV"), ())
    graft(book, marked(6), book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    assert loaded.sheetnames[2:] == ["C-1 Lead", "C-3 LCNRV", "C-0 Index"]
    assert loaded["C-0 Index"]["A1"].value == 6


def test_charts_and_tables_of_a_replaced_tab_leave_with_it(tmp_path: Path) -> None:
    book = tmp_path / "sink.xlsx"
    BOOKS["sink.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    bare = lead()
    bare = type(bare)("C-1 Lead", cells=bare.cells[:1], styles=bare.styles)
    with_charts = set(members(book))
    graft(book, [bare], book, created=CREATED)
    gone = with_charts - set(members(book))
    assert {name.split("/")[1] for name in gone} == {"charts", "drawings", "tables", "worksheets"}
    assert not any("worksheets/sheet" in name and "_rels" not in name for name in gone)
    types = members(book)["[Content_Types].xml"].decode()
    assert not [name for name in gone if f'"/{name}"' in types]


@needs_validator
def test_a_replaced_tab_leaves_a_valid_book(tmp_path: Path) -> None:
    book = tmp_path / "sink.xlsx"
    BOOKS["sink.xlsx"](book)
    for plans in (BINDER, marked(1), BINDER[:1], marked(2)):
        graft(book, plans, book, created=CREATED)
    assert not open_xml_errors(book)


def test_the_calculation_chain_goes_only_with_cells_of_a_replaced_tab(tmp_path: Path) -> None:
    book = tmp_path / "chained.xlsx"
    BOOKS["chained.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    graft(book, BINDER, book, created=CREATED)
    assert "xl/calcChain.xml" in members(book)
    parts = members(book)
    chain = parts["xl/calcChain.xml"].replace(b"</calcChain>", b'<c r="A2" i="3"/></calcChain>')
    with zipfile.ZipFile(book, "w") as package:
        for name, data in parts.items():
            package.writestr(name, chain if name == "xl/calcChain.xml" else data)
    graft(book, BINDER, book, created=CREATED)
    parts = members(book)
    assert "xl/calcChain.xml" not in parts
    assert b"calcChain" not in parts["[Content_Types].xml"] + parts["xl/_rels/workbook.xml.rels"]


def test_other_attributes_of_the_calculation_settings_stay(tmp_path: Path) -> None:
    book = tmp_path / "chained.xlsx"
    BOOKS["chained.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    workbook = members(book)["xl/workbook.xml"]
    kept = b"<calcPr calcId='191029' calcMode='manual'  iterate=\"1\" fullCalcOnLoad=\"1\"/>"
    assert kept in workbook.replace(b" />", b"/>")


def test_names_local_to_sheets_keep_their_sheets(tmp_path: Path) -> None:
    book = tmp_path / "sink.xlsx"
    BOOKS["sink.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    assert loaded["Lists"].defined_names["Items"].attr_text == "Lists!$A$1:$A$3"
    assert loaded["Data"].print_area == "'Data'!$A$1:$C$10"
    assert loaded["C-3 LCNRV"].print_title_rows == "$4:$4"
    assert loaded.defined_names["Total_Cost"].attr_text == "'C-3 LCNRV'!$D$5:$D$44"


def test_names_follow_a_paper_that_grows(tmp_path: Path) -> None:
    book = tmp_path / "plain.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, binder(40), book, created=CREATED)
    graft(book, binder(300), book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    assert loaded.defined_names["Total_Cost"].attr_text == "'C-3 LCNRV'!$D$5:$D$304"
    assert loaded["C-3 LCNRV"].max_row == 304


def test_the_sheet_in_front_stays_in_front_even_where_it_is_ours(tmp_path: Path) -> None:
    book = tmp_path / "plain.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    loaded.active = loaded.sheetnames.index("C-3 LCNRV")
    for sheet in loaded.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == "C-3 LCNRV"
    loaded.save(book)
    graft(book, BINDER, book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    assert loaded.active is not None
    assert loaded.active.title == "C-3 LCNRV"
    assert [s.title for s in loaded.worksheets if s.sheet_view.tabSelected] == ["C-3 LCNRV"]


def test_a_binder_that_we_authored_is_refreshed_in_place(tmp_path: Path) -> None:
    book = tmp_path / "binder.xlsx"
    author(BINDER, book, created=CREATED)
    assert graft(book, BINDER, book, created=CREATED).replaced == ("C-1 Lead", "C-3 LCNRV")


def test_formats_are_shared_not_added_again(tmp_path: Path) -> None:
    book = tmp_path / "styled.xlsx"
    BOOKS["styled.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    once = members(book)["xl/styles.xml"]
    graft(book, binder(50, 8), book, created=CREATED)
    assert members(book)["xl/styles.xml"] == once


def test_a_graft_of_a_stream_written_zip_copies_data_descriptors(tmp_path: Path) -> None:
    plain = tmp_path / "plain.xlsx"
    BOOKS["plain.xlsx"](plain)

    class NoSeek(BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    stream = NoSeek()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members(plain).items():
            package.writestr(name, data)
    book = tmp_path / "streamed.xlsx"
    book.write_bytes(stream.getvalue())
    with zipfile.ZipFile(book) as package:
        assert all(info.flag_bits & 8 for info in package.infolist())
    out = tmp_path / "out.xlsx"
    graft(book, BINDER, out, created=CREATED)
    old, new = members(book), members(out)
    assert {n for n in old if old[n] != new[n]} <= allowed(book)


def test_content_types_of_our_parts_are_declared(tmp_path: Path) -> None:
    book = tmp_path / "bare.xlsx"
    BOOKS["bare.xlsx"](book)
    graft(book, BINDER, book, created=CREATED)
    types = members(book)["[Content_Types].xml"].decode()
    for name in ("worksheet", "styles", "table"):
        assert f"{SHEETML}.{name}+xml" in types
