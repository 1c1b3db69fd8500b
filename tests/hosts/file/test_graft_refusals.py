"""What is the user's is never overwritten: workbooks and tabs that are refused, by name."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest
import xlsxwriter

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.hosts.file.write import author, graft
from tests.hosts.file.awkward_books import BOOKS, MAIN, OFFICE, PACKAGE, SHEETML, Surgery
from tests.hosts.file.writing_plans import CREATED, binder, lead, marked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

STRICT = "http://purl.oclc.org/ooxml"


def surgery(path: Path) -> Surgery:
    BOOKS["plain.xlsx"](path)
    return Surgery(path)


def encrypted(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))


def entry_encrypted(path: Path) -> None:
    BOOKS["plain.xlsx"](path)
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(data)


def no_zip(path: Path) -> None:
    path.write_text("SKU,Units\n1,2\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    BOOKS["sink.xlsx"](path)
    path.write_bytes(path.read_bytes()[:-300])


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a.txt", "x")


def strict(path: Path) -> None:
    cut = surgery(path)
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        cut.swap(name, MAIN, f"{STRICT}/spreadsheetml/main")
    cut.swap("_rels/.rels", f"{OFFICE}/officeDocument",
             f"{STRICT}/officeDocument/relationships/officeDocument")  # fmt: skip
    cut.save()


def binary(path: Path) -> None:
    cut = surgery(path)
    cut.swap("[Content_Types].xml", f"{SHEETML}.sheet.main+xml",
             "application/vnd.ms-excel.sheet.binary.macroEnabled.main")  # fmt: skip
    cut.save()


def signed(path: Path) -> None:
    cut = surgery(path)
    cut.part("_xmlsignatures/origin.sigs", b"",
             "application/vnd.openxmlformats-package.digital-signature-origin")  # fmt: skip
    cut.relate("", f"{PACKAGE}/relationships/digital-signature/origin",
               "_xmlsignatures/origin.sigs")  # fmt: skip
    cut.save()


def shared(path: Path) -> None:
    cut = surgery(path)
    cut.part("xl/revisions/revisionHeaders.xml", f'<headers xmlns="{MAIN}" guid="x"/>',
             f"{SHEETML}.revisionHeaders+xml")  # fmt: skip
    cut.relate("xl/workbook.xml", f"{OFFICE}/revisionHeaders", "revisions/revisionHeaders.xml")
    cut.save()


def with_dtd(path: Path) -> None:
    cut = surgery(path)
    cut.swap("xl/workbook.xml", "<workbook ", '<!DOCTYPE w [<!ENTITY e "x">]><workbook ')
    cut.save()


def in_utf16(path: Path) -> None:
    cut = surgery(path)
    source = cut.parts["xl/workbook.xml"].decode().replace("UTF-8", "UTF-16")
    cut.parts["xl/workbook.xml"] = source.encode("utf-16")
    cut.save()


def ill_formed(path: Path) -> None:
    cut = surgery(path)
    cut.swap("xl/styles.xml", "</fonts>", "</font>")
    cut.save()


def part_missing(path: Path) -> None:
    cut = surgery(path)
    del cut.parts["xl/worksheets/sheet2.xml"]
    cut.save()


def flipped(path: Path) -> None:
    """One byte of the compressed style sheet is wrong."""
    BOOKS["plain.xlsx"](path)
    with zipfile.ZipFile(path) as package:
        info = package.getinfo("xl/styles.xml")
    data = bytearray(path.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 0x10
    path.write_bytes(data)


def structure_locked(path: Path) -> None:
    cut = surgery(path)
    cut.before("xl/workbook.xml", "<bookViews>", '<workbookProtection lockStructure="1"/>')
    cut.save()


def own_sheet(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("c-3 lcnrv").write("A1", "mine")
    book.close()


def own_name(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Mine")
    book.define_name("total_cost", "=Mine!$A$1")
    book.close()


def own_table(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Mine").add_table("A1:B2", {"name": "TBLLEADKINDS"})
    book.close()


REFUSED: list[tuple[Callable[[Path], None], str]] = [
    (encrypted, "WB910"),
    (entry_encrypted, "WB910"),
    (no_zip, "WB911"),
    (empty, "WB911"),
    (truncated, "WB911"),
    (other_zip, "WB911"),
    (binary, "WB911"),
    (with_dtd, "WB911"),
    (in_utf16, "WB911"),
    (ill_formed, "WB911"),
    (part_missing, "WB911"),
    (flipped, "WB911"),
    (strict, "WB912"),
    (signed, "WB913"),
    (shared, "WB914"),
    (structure_locked, "WB915"),
    (own_sheet, "WB907"),
    (own_name, "WB908"),
    (own_table, "WB909"),
]


@pytest.mark.parametrize(("make", "code"), REFUSED, ids=[m.__name__ for m, _ in REFUSED])
def test_a_workbook_that_is_not_written_to_is_refused_by_name_and_left_as_it_was(
    make: Callable[[Path], None], code: str, tmp_path: Path
) -> None:
    book = tmp_path / "book.xlsx"
    make(book)
    before = book.read_bytes()
    with pytest.raises(RefusedError) as refused:
        graft(book, binder(), book, created=CREATED)
    assert {f.code for f in refused.value.findings} == {code}
    assert all(f.remedy and len(f.message) < 300 for f in refused.value.findings)
    assert book.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} <= {"book.xlsx", ".book.xlsx.invval-lock"}


def test_a_locked_structure_lets_tabs_be_replaced_but_not_added(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, binder(), book, created=CREATED)
    cut = Surgery(book)
    cut.before("xl/workbook.xml", "<bookViews>", '<workbookProtection lockStructure="1"/>')
    cut.save()
    assert graft(book, binder(), book, created=CREATED).replaced == ("C-1 Lead", "C-3 LCNRV")
    with pytest.raises(RefusedError) as refused:
        graft(book, marked(1), book, created=CREATED)
    assert [f.code for f in refused.value.findings] == ["WB915"]


def test_a_tab_of_ours_that_the_user_renamed_is_the_users(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, marked(1), book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    loaded["C-0 Index"].title = "Index of May"
    loaded.save(book)
    done = graft(book, marked(2), book, created=CREATED)
    assert done.added == ("C-0 Index",)
    loaded = openpyxl.load_workbook(book)
    assert (loaded["Index of May"]["A1"].value, loaded["C-0 Index"]["A1"].value) == (1, 2)


def test_a_tab_of_ours_that_the_user_deleted_comes_back(tmp_path: Path) -> None:
    """Excel leaves the names that pointed into a deleted sheet behind as #REF!."""
    book = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, binder(), book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    del loaded["C-3 LCNRV"]
    loaded.defined_names["Total_Cost"].attr_text = "#REF!$D$5:$D$44"
    loaded.save(book)
    done = graft(book, binder(), book, created=CREATED)
    assert (done.added, done.replaced) == (("C-3 LCNRV",), ("C-1 Lead",))
    names = openpyxl.load_workbook(book).defined_names
    assert names["Total_Cost"].attr_text == "'C-3 LCNRV'!$D$5:$D$44"


def test_an_input_sheet_we_handed_out_belongs_to_the_user(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    sheet = replace(lead(), tables=(), charts=(), owned=False)
    author([sheet], book, created=CREATED)
    for again in (sheet, replace(sheet, owned=True)):
        with pytest.raises(RefusedError) as refused:
            graft(book, [again], book, created=CREATED)
        assert [f.code for f in refused.value.findings] == ["WB907"]


@pytest.mark.parametrize(
    ("kind", "part", "what"),
    [
        ("pivotTable", "pivotTables/pivotTable9.xml", "a pivot table"),
        ("ctrlProp", "ctrlProps/ctrlProp9.xml", "a form control"),
        ("image", "media/image9.png", "a picture"),
    ],
)
def test_what_a_user_put_on_a_tab_of_ours_is_not_destroyed(
    kind: str, part: str, what: str, tmp_path: Path
) -> None:
    book = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, marked(1), book, created=CREATED)
    cut = Surgery(book)
    cut.part(f"xl/{part}", "<x/>", "application/xml")
    cut.relate("xl/worksheets/sheet3.xml", f"{OFFICE}/{kind}", f"../{part}")
    cut.save()
    before = book.read_bytes()
    with pytest.raises(RefusedError) as refused:
        graft(book, marked(2), book, created=CREATED)
    (found,) = refused.value.findings
    assert (found.code, found.sheet) == ("WB916", "C-0 Index")
    assert what in found.message
    assert book.read_bytes() == before


def test_a_table_the_user_made_on_a_tab_of_ours_is_not_destroyed(tmp_path: Path) -> None:
    from openpyxl.worksheet.table import Table

    book = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, marked(1), book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    loaded["C-0 Index"]["D1"], loaded["C-0 Index"]["D2"] = "Mine", 1
    loaded["C-0 Index"].add_table(Table(displayName="Mine", ref="D1:D2"))
    loaded.save(book)
    with pytest.raises(RefusedError) as refused:
        graft(book, marked(2), book, created=CREATED)
    assert "the table Mine" in refused.value.findings[0].message


def test_comments_on_a_tab_of_ours_are_told_of(tmp_path: Path) -> None:
    from openpyxl.comments import Comment

    book = tmp_path / "book.xlsx"
    BOOKS["plain.xlsx"](book)
    graft(book, marked(1), book, created=CREATED)
    loaded = openpyxl.load_workbook(book)
    loaded["C-0 Index"]["A1"].comment = Comment("why?", "Eve")
    loaded.save(book)
    done = graft(book, marked(2), book, created=CREATED)
    assert [(f.code, f.sheet) for f in done.findings] == [("WB917", "C-0 Index")]
    with zipfile.ZipFile(book) as package:
        assert not [name for name in package.namelist() if "comment" in name.lower()]
    backup = openpyxl.load_workbook(tmp_path / "book.invval-backup.xlsx")
    assert backup["C-0 Index"]["A1"].comment is not None


def test_a_missing_book_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="not there"):
        graft(tmp_path / "none.xlsx", binder(), tmp_path / "out.xlsx", created=CREATED)
