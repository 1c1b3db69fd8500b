# A case a line: it reads as the table it is.
# ruff: noqa: E501
"""The hostile corpus for reading: each file, the one right answer, and its finding.

``refuse`` raises RefusedError with the code, ``warn`` reads and says the code, ``accept`` reads;
``check`` then looks at what was read.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.grid import Grid, Kind, RawBook
from tests.hosts.file.packing import (
    ITEMS,
    MAIN,
    RELS,
    SHEET,
    XML,
    Book,
    Entry,
    header_row,
    honest,
    inline,
    item_row,
    pack,
    pack_raw,
    rels_xml,
    sheet_xml,
    strings_xml,
    styles_xml,
    zeros_deflated,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
_SHEET_PART = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Case:
    """One file and its right answer."""

    name: str
    build: Callable[[], bytes]
    answer: str
    code: str = ""
    check: Callable[[RawBook], bool] | None = None


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def book(rows: str = ITEMS, **options: str) -> bytes:
    return Book({SHEET: sheet_xml(rows, **options)}).pack()


def items(raw: RawBook) -> Grid:
    return raw.grids[SHEET]


def _text(raw: RawBook, column: int, row: int) -> object:
    cells = items(raw).body[column - 1]
    assert cells.text is not None
    return cells.text[row - items(raw).body_row]


def _kind(raw: RawBook, column: int, row: int) -> Kind:
    return Kind(int(items(raw).body[column - 1].kind[row - items(raw).body_row]))


def _number(raw: RawBook, column: int, row: int) -> float:
    return float(items(raw).body[column - 1].number[row - items(raw).body_row])


def entries(**replaced: Entry) -> list[Entry]:
    parts = Book().parts()
    return [
        replaced.get(n.rpartition("/")[2].partition(".")[0], honest(n, b)) for n, b in parts.items()
    ]


def sheet_entry(stored: bytes, size: int, **more: object) -> Entry:
    fields = {"crc": 0, **more}
    return Entry(_SHEET_PART.encode(), stored, size, **fields)  # type: ignore[arg-type]


def _crypto() -> bytes:
    body = sheet_xml().encode()
    return pack_raw(
        entries(sheet1=sheet_entry(deflate(body), len(body), crc=zlib.crc32(body), flags=1))
    )


def deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def _lying_bomb() -> bytes:
    return pack_raw(entries(sheet1=sheet_entry(zeros_deflated(1024), 5_000)))


def _honest_bomb(part: str) -> Callable[[], bytes]:
    def build() -> bytes:
        stored = zeros_deflated(1024)
        bomb = Entry(part.encode(), stored, 1 << 30, 0)
        return pack_raw([honest(n, b) for n, b in Book().parts().items() if n != part] + [bomb])

    return build


def _overlap() -> bytes:
    parts = [honest(n, b) for n, b in Book().parts().items()]
    kernel = honest("xl/media/a.bin", b"x" * 1000)
    place = len(pack_raw(parts)) - sum(46 + len(e.name) for e in parts) - 22
    twins = [
        Entry(f"xl/media/{i}.bin".encode(), kernel.stored, 1000, kernel.crc, at=place)
        for i in range(50)
    ]
    return pack_raw([*parts, kernel, *twins])


def _many_entries() -> bytes:
    empty = [Entry(b"a/%05d" % i, b"", 0, 0, method=0) for i in range(30_000)]
    return pack_raw([honest(n, b) for n, b in Book().parts().items()] + empty)


def _with_extra(name: str, body: bytes = b"x") -> Callable[[], bytes]:
    return lambda: pack_raw([honest(n, b) for n, b in {**Book().parts(), name: body}.items()])


def _twice(name: str) -> Callable[[], bytes]:
    return lambda: pack_raw([*entries(), honest(name, sheet_xml(header_row()).encode())])


def _flipped() -> bytes:
    data = bytearray(pack_raw([Entry(e.name, e.stored, e.size, e.crc ^ (e.name == _SHEET_PART.encode()))
                               for e in entries()]))  # fmt: skip
    return bytes(data)


def _broken_deflate() -> bytes:
    body = sheet_xml().encode()
    return pack_raw(entries(sheet1=sheet_entry(b"\xff" * 200, len(body), crc=zlib.crc32(body))))


def _laughs(text: str = "&c;") -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
        f'<!ENTITY c "&b;&b;&b;&b;">]><worksheet xmlns="{MAIN}"><sheetData><row r="1">'
        f'<c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row></sheetData></worksheet>'
    )


def _links() -> dict[str, str | bytes]:
    link = f'{XML}<externalLink xmlns="{MAIN}">'
    return {
        "xl/externalLinks/externalLink1.xml": f'{link}<externalBook r:id="rId1" xmlns:r="{RELS}"/></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": rels_xml(
            ("rId1", "externalLinkPath", "file:///\\\\server\\share\\prices.xlsx")
        ),
    }


_STRAY = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_WHOLE_MERGE = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
_MANY_MERGES = "".join(f'<mergeCell ref="A{2 * i + 20}:B{2 * i + 21}"/>' for i in range(100_001))
_FORMULA = (
    '<row r="12"><c r="A12" t="str"><f>A2</f><v>00012</v></c><c r="C12"><f>C2*2</f></c></row>'
)
_ZERO = '<row r="12"><c r="C12"><f>C2*2</f><v>0</v></c></row>'
_FILTER = (
    '<autoFilter ref="A1:D11"><filterColumn colId="1"><filters><filter val="Shoes"/></filters>'
    "</filterColumn></autoFilter>"
)
_PLAIN_FILTER = '<autoFilter ref="A1:D11"/>'
_X = (
    sheet_xml()
    .replace("<", "<x:")
    .replace("<x:/", "</x:")
    .replace("<x:?", "<?")
    .replace("xmlns=", "xmlns:x=")
)
_NO_REFS = (
    "<row>" + "".join(f'<c t="inlineStr"><is><t>{h}</t></is></c>' for h in ("SKU", "Category", "Ticket Price"))
    + '</row><row><c t="inlineStr"><is><t>00002</t></is></c><c/><c><v>9.5</v></c></row>'
)  # fmt: skip


def cases() -> list[Case]:
    """Every case, identity first."""
    return [*_foreign(), *_damaged(), *_bombs(), *_addresses(), *_cells(), *_living(), *_dialects()]


def _foreign() -> list[Case]:
    ods = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}
    types = {"[Content_Types].xml": b"<Types/>"}
    strict = Book().parts()
    strict["xl/workbook.xml"] = strict["xl/workbook.xml"].replace(
        MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    conformant = Book().parts()
    conformant["xl/workbook.xml"] = conformant["xl/workbook.xml"].replace(
        b"<workbook ", b'<workbook conformance="strict" '
    )
    return [
        Case("empty file", lambda: b"", "refuse", "WB102"),
        Case("csv renamed", lambda: b"SKU,Units\n00123,5\n", "refuse", "WB104"),
        Case("tab-separated renamed", lambda: b"SKU\tUnits\n00123\t5\n", "refuse", "WB104"),
        Case("utf-16 csv renamed", lambda: "SKU;Units\n1;2".encode("utf-16"), "refuse", "WB104"),
        Case("utf-8 csv with mark", "\ufeffSKU;É\n".encode, "refuse", "WB104"),
        Case("html named xls", lambda: b"<html><table><tr><td>1</table></html>", "refuse", "WB110"),
        Case("xml spreadsheet 2003", lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "refuse", "WB110"),
        Case("xls", lambda: _OLE + utf16("Workbook"), "refuse", "WB105"),
        Case("xls of Excel 5", lambda: _OLE + utf16("Book"), "refuse", "WB105"),
        Case("xls of Excel 4", lambda: b"\x09\x04\x06\x00\x00\x04\x10\x00" + b"\0" * 99, "refuse", "WB105"),
        Case("password", lambda: _OLE + utf16("EncryptedPackage"), "refuse", "WB106"),
        Case("rights management", lambda: _OLE + utf16("\tDRMContent"), "refuse", "WB106"),
        Case("Word 97 document", lambda: _OLE + utf16("WordDocument"), "refuse", "WB115"),
        Case("pdf", lambda: b"%PDF-1.7\n...", "refuse", "WB103"),
        Case("gzip", lambda: b"\x1f\x8b\x08\0\0\0\0\0", "refuse", "WB103"),
        Case("random bytes", lambda: np.random.default_rng(1).bytes(999), "refuse", "WB103"),
        Case("xlsb", lambda: pack({**types, "xl/workbook.bin": b"\x83\x01"}), "refuse", "WB107"),
        Case("strict by namespace", lambda: pack(strict), "refuse", "WB108"),
        Case("strict by conformance", lambda: pack(conformant), "refuse", "WB108"),
        Case("ods", lambda: pack(ods, zipfile.ZIP_STORED), "refuse", "WB111"),
        Case("docx", lambda: pack({**types, "word/document.xml": b"<a/>"}), "refuse", "WB112"),
        Case("pptx", lambda: pack({**types, "ppt/presentation.xml": b"<a/>"}), "refuse", "WB112"),
        Case("zip around a workbook", lambda: pack({"book.xlsx": Book().pack()}), "refuse", "WB112"),
        Case("empty zip", partial(pack, {}), "refuse", "WB112"),
    ]  # fmt: skip


def _damaged() -> list[Case]:
    whole = Book().pack()
    unclosed = sheet_xml().removesuffix("</worksheet>")
    return [
        Case("first half only", lambda: whole[: len(whole) // 2], "refuse", "WB109"),
        Case("last ten bytes missing", lambda: whole[:-10], "refuse", "WB109"),
        Case("check sum of the sheet", _flipped, "refuse", "WB109"),
        Case("deflate stream broken", _broken_deflate, "refuse", "WB109"),
        Case("zip password", _crypto, "refuse", "WB106"),
        Case("bzip2", lambda: pack(Book().parts(), zipfile.ZIP_BZIP2), "refuse", "WB212"),
        Case("lzma", lambda: pack(Book().parts(), zipfile.ZIP_LZMA), "refuse", "WB212"),
        Case("stored, not deflated", lambda: pack(Book().parts(), zipfile.ZIP_STORED), "accept"),
        Case("no workbook part", Book(without=["xl/workbook.xml"]).pack, "refuse", "WB114"),
        Case("no sheet part", Book(without=[_SHEET_PART]).pack, "refuse", "WB114"),
        Case("sheet not closed", Book({SHEET: unclosed}).pack, "refuse", "WB113"),
        Case("row not closed", lambda: book(ITEMS + '<row r="12"><c r="A12">'), "refuse", "WB113"),
        Case("cells crossed", lambda: book(ITEMS + '<row r="12"><c r="A12"><v>1</c></v></row>'), "refuse", "WB113"),
        Case("bare ampersand", lambda: book(header_row() + f'<row r="2">{inline("A2", "a & b")}</row>'), "refuse", "WB113"),
        Case("unknown entity", lambda: book(header_row() + f'<row r="2">{inline("A2", "&eacute;")}</row>'), "refuse", "WB113"),
        Case("control character", lambda: book(header_row() + f'<row r="2">{inline("A2", chr(1))}</row>'), "refuse", "WB113"),
        Case("invalid utf-8", lambda: pack({**Book().parts(), _SHEET_PART: sheet_xml().encode().replace(b"Shoes", b"Sh\xffes")}), "refuse", "WB113"),
        Case("strings not well-formed", Book(strings="<sst><si>").pack, "refuse", "WB113"),
        Case("styles not well-formed", Book(styles="<styleSheet>").pack, "refuse", "WB113"),
        Case("relationships not well-formed", Book(extra={"_rels/.rels": "<x"}).pack, "refuse", "WB113"),
        Case("two sheets of one name", lambda: Book({SHEET: sheet_xml(), SHEET.upper(): sheet_xml()}).pack(), "refuse", "WB216"),
    ]  # fmt: skip


def _bombs() -> list[Case]:
    huge_attribute = f'<sheetPr x="{"a" * (40 << 20)}"/>'
    return [
        Case("sheet of 1 GB", _honest_bomb(_SHEET_PART), "refuse", "WB204"),
        Case("shared strings of 1 GB", _honest_bomb("xl/sharedStrings.xml"), "refuse", "WB204"),
        Case("picture of 1 GB", _honest_bomb("xl/media/image1.bmp"), "refuse", "WB204"),
        Case("sheet of 1 GB that says 5 kB", _lying_bomb, "refuse", "WB211"),
        Case("parts that share bytes", _overlap, "refuse", "WB211"),
        Case("30,000 parts", _many_entries, "refuse", "WB202"),
        Case("billion laughs in a sheet", Book({SHEET: _laughs()}).pack, "refuse", "WB207"),
        Case("quadratic entity", Book({SHEET: _laughs("&a;" * 50_000)}).pack, "refuse", "WB207"),
        Case("external entity in the workbook", Book(extra={"docProps/core.xml": '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}).pack, "refuse", "WB207"),
        Case("document type in a part not read", Book(extra={"customXml/item1.xml": "<!DOCTYPE a><a/>"}).pack, "refuse", "WB207"),
        Case("document type in utf-16", Book(extra={"customXml/item1.xml": "<!DOCTYPE a><a/>".encode("utf-16")}).pack, "refuse", "WB207"),
        Case("document type behind a long comment", Book({SHEET: _laughs().replace("?><!D", "?><!--" + "x" * 70_000 + "--><!D")}).pack, "refuse", "WB207"),
        Case("zip slip", _with_extra("../../evil.sh"), "refuse", "WB205"),
        Case("zip slip, backslashes", _with_extra("..\\..\\evil.bat"), "refuse", "WB205"),
        Case("absolute path", _with_extra("/etc/cron.d/evil"), "refuse", "WB205"),
        Case("drive letter", _with_extra("C:/evil.bat"), "refuse", "WB205"),
        Case("a part without a name", lambda: pack_raw([*entries(), Entry(b"", b"", 0, 0, method=0)]), "refuse", "WB109"),
        Case("a name that is a null", lambda: pack_raw([*entries(), Entry(b"\0x", b"", 0, 0, method=0)]), "refuse", "WB205"),
        Case("sheet part twice", _twice(_SHEET_PART), "refuse", "WB206"),
        Case("sheet part twice by case", _twice("xl/worksheets/Sheet1.xml"), "refuse", "WB206"),
        Case("local header of another name", lambda: pack_raw([Entry(e.name, e.stored, e.size, e.crc, local_name=b"x" * len(e.name) if e.name == _SHEET_PART.encode() else None) for e in entries()]), "refuse", "WB211"),
        Case("100,001 merged ranges", lambda: book(tail=f"<mergeCells>{_MANY_MERGES}</mergeCells>"), "refuse", "WB210"),
        Case("an attribute of 40 MB", lambda: book(head=huge_attribute), "refuse", "WB113"),
        Case("300,000 elements deep", lambda: book(tail="<x>" * 300_000 + "</x>" * 300_000), "accept"),
        Case("a million empty rows", lambda: book(ITEMS + "".join(f'<row r="{r}"/>' for r in range(12, 1_000_012))), "accept"),
    ]  # fmt: skip


def _addresses() -> list[Case]:
    wide = "".join(f'<c r="{ref}"><v>1</v></c>' for ref in ("SR2", "XFD2"))
    return [
        Case("stray cell at XFD1048576", lambda: book(ITEMS + _STRAY), "warn", "WB301", lambda raw: items(raw).rows == 10),
        Case("stray cell at A1048576", lambda: book(ITEMS + f'<row r="1048576">{inline("A1048576", "x")}</row>'), "accept", "", lambda raw: items(raw).rows == 1_048_575 and _text(raw, 1, 1_048_576) == "x"),
        Case("values right of the limit", lambda: book(header_row() + item_row(2, wide)), "warn", "WB301"),
        Case("column XFE", lambda: book(ITEMS + '<row r="12"><c r="XFE12"><v>1</v></c></row>'), "refuse", "WB208"),
        Case("row 1048577", lambda: book(ITEMS + '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'), "refuse", "WB208"),
        Case("row 0", lambda: book('<row r="0"><c r="A0"><v>1</v></c></row>' + ITEMS), "refuse", "WB208"),
        Case("address that is none", lambda: book(ITEMS + '<row r="12"><c r="12A"><v>1</v></c></row>'), "refuse", "WB208"),
        Case("row number that is none", lambda: book(ITEMS + '<row r="x"><c r="A12"><v>1</v></c></row>'), "refuse", "WB208"),
        Case("address twice", lambda: book(ITEMS + '<row r="12"><c r="A12"><v>1</v></c><c r="A12"><v>2</v></c></row>'), "refuse", "WB213"),
        Case("row twice", lambda: book(ITEMS + item_row(11)), "refuse", "WB213"),
        Case("rows out of order", lambda: book(header_row() + item_row(5) + item_row(4)), "refuse", "WB213"),
        Case("cell of another row", lambda: book(ITEMS + '<row r="12"><c r="A13"><v>1</v></c></row>'), "refuse", "WB213"),
        Case("false dimension", lambda: book(head='<dimension ref="A1:XFD1048576"/>'), "warn", "WB409", lambda raw: items(raw).rows == 10),
        Case("dimension too small", lambda: book(head='<dimension ref="A1"/>'), "accept", "", lambda raw: items(raw).rows == 10),
        Case("merge of the whole sheet", lambda: book(tail=_WHOLE_MERGE), "warn", "WB304"),
        Case("sparse rows", lambda: book(header_row(3) + item_row(7) + item_row(100)), "accept", "", lambda raw: items(raw).body_row == 4 and _text(raw, 1, 100) == "00100" and _kind(raw, 1, 8) is Kind.BLANK),
    ]  # fmt: skip


def _priced(value: str, attributes: str = "") -> Callable[[], bytes]:
    return lambda: book(ITEMS + f'<row r="12"><c r="A12"{attributes}>{value}</c></row>')


def _cells() -> list[Case]:
    shared = Book(
        {SHEET: sheet_xml(ITEMS + '<row r="12"><c r="A12" t="s"><v>7</v></c></row>')},
        strings=strings_xml("a"),
    )
    negative = Book(
        {SHEET: sheet_xml(ITEMS + '<row r="12"><c r="A12" t="s"><v>-1</v></c></row>')},
        strings=strings_xml("a"),
    )
    padded = Book(
        {SHEET: sheet_xml(ITEMS + '<row r="12"><c r="A12" s="1"><v>123</v></c></row>')},
        styles=styles_xml("00000"),
    )
    dates = Book(
        {SHEET: sheet_xml(ITEMS + '<row r="12"><c r="D12" s="1"><v>44226</v></c></row>')},
        styles=styles_xml("yyyy-mm-dd"), workbook_pr='<workbookPr date1904="1"/>',
    )  # fmt: skip
    return [
        Case("error cell", _priced("<v>#N/A</v>", ' t="e"'), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.ERROR and _text(raw, 1, 12) == "#N/A"),
        Case("formula never calculated", lambda: book(ITEMS + _FORMULA), "accept", "", lambda raw: _kind(raw, 3, 12) is Kind.UNCALCULATED and _text(raw, 1, 12) == "00012"),
        Case("formula with an empty text", _priced('<f>""</f><v></v>', ' t="str"'), "accept", "", lambda raw: items(raw).rows == 10),
        Case("shared formula without value", _priced('<f t="shared" si="0"/>'), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.UNCALCULATED),
        Case("1E+309", _priced("<v>1E+309</v>"), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.ERROR and _text(raw, 1, 12) == "1E+309"),
        Case("NaN literal", _priced("<v>NaN</v>"), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.ERROR),
        Case("infinity literal", _priced("<v>-inf</v>"), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.ERROR),
        Case("hexadecimal number", _priced("<v>0x1F</v>"), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.ERROR),
        Case("number with underscore", _priced("<v>1_000</v>"), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.ERROR),
        Case("number of 20 digits", _priced("<v>12345678901234567890</v>"), "accept", "", lambda raw: _number(raw, 1, 12) == 12345678901234567890.0),
        Case("boolean", _priced("<v>1</v>", ' t="b"'), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.BOOLEAN),
        Case("boolean that is none", _priced("<v>2</v>", ' t="b"'), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.ERROR),
        Case("ISO date cell", _priced("<v>2025-01-31T12:00:00</v>", ' t="d"'), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.DATE and _number(raw, 1, 12) == 45688.5),
        Case("text index out of range", shared.pack, "refuse", "WB215"),
        Case("text index negative", negative.pack, "refuse", "WB215"),
        Case("text like a formula", lambda: book(ITEMS + f'<row r="12">{inline("A12", "=cmd|calc!A0")}</row>'), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.TEXT),
        Case("text NA", lambda: book(ITEMS + f'<row r="12">{inline("A12", "NA")}</row>'), "accept", "", lambda raw: _text(raw, 1, 12) == "NA"),
        Case("key as a padded number", padded.pack, "accept", "", lambda raw: items(raw).body[0].number_format == "00000"),
        Case("1904 dates", dates.pack, "warn", "WB406", lambda raw: _kind(raw, 4, 12) is Kind.DATE and _number(raw, 4, 12) == 45688),
        Case("style out of range", _priced("<v>1</v>", ' s="99999"'), "accept", "", lambda raw: _kind(raw, 1, 12) is Kind.NUMBER),
        Case("escaped carriage return", lambda: book(ITEMS + f'<row r="12">{inline("A12", "a_x000D_b")}</row>'), "accept", "", lambda raw: _text(raw, 1, 12) == "a\rb"),
    ]  # fmt: skip


def _living() -> list[Case]:
    dde = f'{XML}<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    connections = (
        f'{XML}<connections xmlns="{MAIN}"><connection id="1" name="Warehouse"/></connections>'
    )
    hidden = sheet_xml(
        header_row() + item_row(2) + item_row(3, attributes=' hidden="1"'),
        head='<cols><col min="2" max="3" hidden="1"/></cols>',
        tail=_FILTER,
    )
    macro_sheet = Book().parts()
    macro_sheet["xl/_rels/workbook.xml.rels"] = rels_xml(
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "xlMacrosheet", "macrosheets/sheet1.xml"),
    )
    macro_sheet["xl/workbook.xml"] = macro_sheet["xl/workbook.xml"].replace(
        b"</sheets>", b'<sheet name="M" sheetId="2" r:id="rId2"/></sheets>'
    )
    macro_sheet["xl/macrosheets/sheet1.xml"] = sheet_xml().encode()
    macro_sheet = {n: b.encode() if isinstance(b, str) else b for n, b in macro_sheet.items()}
    totals = {
        "xl/worksheets/_rels/sheet1.xml.rels": rels_xml(("rId1", "table", "../tables/table1.xml")),
        "xl/tables/table1.xml": f'{XML}<table xmlns="{MAIN}" ref="A1:D11" totalsRowCount="1"/>',
    }
    table = Book(
        {SHEET: sheet_xml(tail='<tableParts><tablePart r:id="rId1"/></tableParts>')}, extra=totals
    )
    return [
        Case("macros", Book(extra={"xl/vbaProject.bin": b"x"}).pack, "warn", "WB401", lambda raw: raw.facts.has_macros),
        Case("Excel 4 macro sheet", lambda: pack(macro_sheet), "warn", "WB401"),
        Case("external link", Book(extra=_links()).pack, "warn", "WB402", lambda raw: "prices.xlsx" in raw.facts.external_links[0]),
        Case("data connection", Book(extra={"xl/connections.xml": connections}).pack, "warn", "WB403", lambda raw: raw.facts.connections == ("Warehouse",)),
        Case("DDE link", Book(extra={"xl/externalLinks/externalLink1.xml": dde}).pack, "warn", "WB404"),
        Case("digital signature", Book(extra={"_xmlsignatures/sig1.xml": "<a/>"}).pack, "warn", "WB407"),
        Case("embedded object", Book(extra={"xl/embeddings/oleObject1.bin": b"x"}).pack, "warn", "WB408"),
        Case("very hidden sheet", Book(states={SHEET: "veryHidden"}).pack, "warn", "WB405", lambda raw: items(raw).rows == 10),
        Case("hidden row, hidden columns, filter", Book({SHEET: hidden}).pack, "accept", "", lambda raw: items(raw).hidden_rows == {3} and items(raw).hidden_columns == {2, 3} and items(raw).filtered),
        Case("filter without criteria", lambda: book(tail=_PLAIN_FILTER), "accept", "", lambda raw: not items(raw).filtered),
        Case("totals row of a table", table.pack, "accept", "", lambda raw: items(raw).totals_rows == {11}),
        Case("formulas all zero, marked for recalculation", lambda: Book({SHEET: sheet_xml(ITEMS + _ZERO)}, calc_pr='<calcPr fullCalcOnLoad="1"/>').pack(), "warn", "WB303"),
        Case("formulas calculated, marked for recalculation", lambda: Book({SHEET: sheet_xml(ITEMS + _ZERO.replace("<v>0<", "<v>3<"))}, calc_pr='<calcPr fullCalcOnLoad="1"/>').pack(), "accept"),
        Case("manual calculation, not saved calculated", Book(calc_pr='<calcPr calcMode="manual" calcOnSave="0"/>').pack, "warn", "WB305"),
        Case("sheet of no contract that is broken", lambda: Book({SHEET: sheet_xml(), "Scratch": "<broken"}).pack(), "accept", "", lambda raw: raw.grids["Scratch"].rows == 0),
        Case("merge in the body", lambda: book(tail='<mergeCells><mergeCell ref="B3:B4"/></mergeCells>'), "accept", "", lambda raw: items(raw).merged == ("B3:B4",)),
    ]  # fmt: skip


def _dialects() -> list[Case]:
    def ten(raw: RawBook) -> bool:
        return items(raw).rows == 10 and _text(raw, 1, 11) == "00011" and _number(raw, 3, 2) == 9.5

    rich = '<c r="A2" t="inlineStr"><is><r><t>00</t></r><r><rPr><b/></rPr><t>002</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>'
    return [
        Case("comment among the rows", lambda: book(ITEMS.replace('<row r="5"', '<!-- </row></sheetData> --><row r="5"')), "accept", "", ten),
        Case("CDATA", lambda: book(ITEMS.replace("<t>Shoes</t>", "<t><![CDATA[Shoes]]></t>")), "accept", "", lambda raw: ten(raw) and _text(raw, 2, 5) == "Shoes"),
        Case("processing instruction", lambda: book(ITEMS.replace('<row r="5"', '<?x y?><row r="5"')), "accept", "", ten),
        Case("utf-16", lambda: pack({**Book().parts(), _SHEET_PART: sheet_xml(prolog='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16")}), "accept", "", ten),
        Case("latin-1", lambda: pack({**Book().parts(), _SHEET_PART: sheet_xml(ITEMS.replace("Shoes", "Schürze"), prolog='<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1")}), "accept", "", lambda raw: ten(raw) and _text(raw, 2, 5) == "Schürze"),
        Case("utf-8 byte order mark", lambda: pack({**Book().parts(), _SHEET_PART: b"\xef\xbb\xbf" + sheet_xml().encode()}), "accept", "", ten),
        Case("namespace prefix", lambda: pack({**Book().parts(), _SHEET_PART: _X.encode()}), "accept", "", ten),
        Case("cells without addresses", lambda: book(_NO_REFS), "accept", "", lambda raw: _text(raw, 1, 2) == "00002" and _number(raw, 3, 2) == 9.5),
        Case("single quotes", lambda: book(ITEMS.replace('"', "'")), "accept", "", ten),
        Case("type before style", lambda: book(ITEMS.replace('<c r="C5">', '<c r="C5" t="n" s="0">')), "accept", "", ten),
        Case("dynamic array mark", lambda: book(ITEMS.replace('<c r="C5">', '<c r="C5" cm="1">')), "accept", "", ten),
        Case("pretty-printed", lambda: book(ITEMS.replace("><", ">\n  <")), "accept", "", ten),
        Case("rich text with phonetic guide", lambda: book(header_row() + f'<row r="2">{rich}</row>'), "accept", "", lambda raw: _text(raw, 1, 2) == "00002"),
        Case("hidden by an attribute with a bracket", lambda: book(ITEMS.replace('<row r="5">', '<row r="5" x="a>b" hidden="1">')), "accept", "", lambda raw: ten(raw) and items(raw).hidden_rows == {5}),
        Case("character references", lambda: book(ITEMS.replace("Shoes", "&#83;&#x68;oes &amp;amp;")), "accept", "", lambda raw: _text(raw, 2, 5) == "Shoes &amp;"),
    ]  # fmt: skip
