"""Builds workbooks part by part and byte by byte, so that a test can make any of them wrong."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
HEADER = ("SKU", "Category", "Ticket Price", "Launch Date")
SHEET = "ItemMaster"


def inline(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def header_row(row: int = 1) -> str:
    cells = "".join(inline(f"{'ABCD'[i]}{row}", h) for i, h in enumerate(HEADER))
    return f'<row r="{row}">{cells}</row>'


def item_row(row: int, extra: str = "", price: str = "9.5", attributes: str = "") -> str:
    return (
        f'<row r="{row}"{attributes}>{inline(f"A{row}", f"{row:05d}")}{inline(f"B{row}", "Shoes")}'
        f'<c r="C{row}"><v>{price}</v></c>{extra}</row>'
    )


ITEMS = header_row() + "".join(item_row(r) for r in range(2, 12))


def sheet_xml(rows: str = ITEMS, *, head: str = "", tail: str = "", prolog: str = XML) -> str:
    return (
        f'{prolog}<worksheet xmlns="{MAIN}" xmlns:r="{RELS}">{head}'
        f"<sheetData>{rows}</sheetData>{tail}</worksheet>"
    )


def strings_xml(*texts: str) -> str:
    body = "".join(f"<si><t>{t}</t></si>" for t in texts)
    return f'{XML}<sst xmlns="{MAIN}">{body}</sst>'


def styles_xml(*codes: str) -> str:
    """A style for each number format, style 0 being General."""
    formats = "".join(
        f'<numFmt numFmtId="{164 + i}" formatCode="{c}"/>' for i, c in enumerate(codes)
    )
    xfs = "".join(f'<xf numFmtId="{164 + i}"/>' for i in range(len(codes)))
    return (
        f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="{len(codes)}">{formats}</numFmts>'
        f'<cellXfs count="{len(codes) + 1}"><xf numFmtId="0"/>{xfs}</cellXfs></styleSheet>'
    )


def rels_xml(*relations: tuple[str, str, str]) -> str:
    """Relationships of (id, last word of the type, target); ``http`` targets are external."""
    lines = []
    for key, kind, target in relations:
        mode = ' TargetMode="External"' if "://" in target else ""
        lines.append(f'<Relationship Id="{key}" Type="{RELS}/{kind}" Target="{target}"{mode}/>')
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{"".join(lines)}</Relationships>'


@dataclass
class Book:
    """The parts of one workbook; ``pack`` gives the file."""

    sheets: Mapping[str, str] = field(default_factory=lambda: {SHEET: sheet_xml()})
    strings: str | None = None
    styles: str | None = None
    workbook_pr: str = ""
    calc_pr: str = ""
    states: Mapping[str, str] = field(default_factory=dict)
    extra: dict[str, str | bytes] = field(default_factory=dict)
    without: Sequence[str] = ()

    def parts(self) -> dict[str, bytes]:
        relations = [
            (f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml")
            for i in range(1, len(self.sheets) + 1)
        ]
        entries = []
        for i, name in enumerate(self.sheets, 1):
            state = f' state="{self.states[name]}"' if name in self.states else ""
            entries.append(f'<sheet name="{name}" sheetId="{i}"{state} r:id="rId{i}"/>')
        parts: dict[str, str | bytes] = {
            "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": rels_xml(("rId1", "officeDocument", "xl/workbook.xml")),
        }
        if self.strings is not None:
            parts["xl/sharedStrings.xml"] = self.strings
            relations.append(("rIdS", "sharedStrings", "sharedStrings.xml"))
        if self.styles is not None:
            parts["xl/styles.xml"] = self.styles
            relations.append(("rIdT", "styles", "styles.xml"))
        parts["xl/workbook.xml"] = (
            f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{RELS}">{self.workbook_pr}'
            f"<sheets>{''.join(entries)}</sheets>{self.calc_pr}</workbook>"
        )
        parts["xl/_rels/workbook.xml.rels"] = rels_xml(*relations)
        for i, xml in enumerate(self.sheets.values(), 1):
            parts[f"xl/worksheets/sheet{i}.xml"] = xml
        parts |= self.extra
        return {
            name: body.encode() if isinstance(body, str) else body
            for name, body in parts.items()
            if name not in self.without
        }

    def pack(self) -> bytes:
        return pack(self.parts())


def pack(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, body in parts.items():
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, method)
    return out.getvalue()


@dataclass
class Entry:
    """One zip entry with every field of its headers free to lie."""

    name: bytes
    stored: bytes
    size: int
    crc: int
    method: int = 8
    flags: int = 0
    at: int | None = None
    local_name: bytes | None = None


def deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def honest(name: str, body: bytes) -> Entry:
    return Entry(name.encode(), deflated(body), len(body), zlib.crc32(body))


def pack_raw(entries: Sequence[Entry]) -> bytes:
    """Lay entries down as they say; one with ``at`` stands where an earlier one stands."""
    out = io.BytesIO()
    directory = b""
    for e in entries:
        place = out.tell() if e.at is None else e.at
        if e.at is None:
            name = e.local_name or e.name
            out.write(
                struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, e.flags, e.method, 0, 33, e.crc,
                            len(e.stored), e.size & 0xFFFFFFFF, len(name), 0)
                + name + e.stored
            )  # fmt: skip
        directory += (
            struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, e.flags, e.method, 0, 33, e.crc,
                        len(e.stored), e.size & 0xFFFFFFFF, len(e.name), 0, 0, 0, 0, 0, place)
            + e.name
        )  # fmt: skip
    start = out.tell()
    count = min(len(entries), 0xFFFF)
    out.write(directory)
    out.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0))
    return out.getvalue()


def zeros_deflated(mebibytes: int, filler: bytes = b" ") -> bytes:
    """Deflate stream of so many MiB of one byte, made without inflating it here."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(filler * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return block * mebibytes + packer.flush()
