"""Whole small workbooks from Python values, cell by cell in the form a spreadsheet stores them.

Written by hand and not by a library, so that a cell may hold what no library would write: an error,
a formula that was never calculated, a number that is none.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from invval_xl.hosts.memory import ErrorCell
from tests.hosts.file.packing import MAIN, PACKAGE, RELS, XML, Book, pack, sheet_xml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Formula", "Literal", "Shown", "Written", "completed"]

_DATE, _ZEROS, _DAY_ONE, _LATER = 1, 2, dt.date(1899, 12, 30), 1_462
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" '
    'formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="00000"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


@dataclass(frozen=True)
class Formula:
    """A formula cell; without ``value`` it was never calculated."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Shown:
    """A number shown with leading zeros (``00000``)."""

    number: int


@dataclass(frozen=True)
class Literal:
    """A numeric cell whose stored text is no number a spreadsheet would store."""

    text: str


def _cell(ref: str, value: object, shift: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = f'<t xml:space="preserve">{escape(value)}</t>'
        return f'<c r="{ref}" t="inlineStr"><is>{text}</is></c>'
    attributes, stored = _stored(value, shift)
    return f'<c r="{ref}"{attributes}>{stored}</c>'


def _stored(value: object, shift: int) -> tuple[str, str]:
    """Attributes and content of a cell that holds no text."""
    if isinstance(value, Formula):
        held = "" if value.value is None else f"<v>{value.value!r}</v>"
        return "", f"<f>{escape(value.text)}</f>{held}"
    kind, text = "", repr(value)
    if isinstance(value, bool):
        kind, text = ' t="b"', str(int(value))
    elif isinstance(value, dt.date):
        kind, text = f' s="{_DATE}"', str((value - _DAY_ONE).days - shift)
    elif isinstance(value, ErrorCell):
        kind, text = ' t="e"', value.spelled
    elif isinstance(value, Shown):
        kind, text = f' s="{_ZEROS}"', str(value.number)
    elif isinstance(value, Literal):
        text = value.text
    return kind, f"<v>{text}</v>"


def _rows(rows: Sequence[Sequence[object]], hidden: Sequence[int] = (), shift: int = 0) -> str:
    lines = []
    for r, row in enumerate(rows, start=1):
        cells = "".join(_cell(f"{get_column_letter(c)}{r}", v, shift) for c, v in enumerate(row, 1))
        mark = ' hidden="1"' if r in hidden else ""
        lines.append(f'<row r="{r}"{mark}>{cells}</row>')
    return "".join(lines)


@dataclass(frozen=True)
class Written:
    """A workbook of values, and what stands around the cells.

    Parameters
    ----------
    sheets
        Rows of values by sheet, row 1 first.
    hidden
        Hidden rows by sheet.
    head, tail
        XML before and after the rows of a sheet (columns, merges, filters, protection).
    states
        ``hidden`` or ``veryHidden`` by sheet.
    later_epoch
        Whether dates are counted from 1904.
    before_sheets
        XML between the workbook's properties and its sheets.
    parts, relations
        Further parts of the package, and the workbook's relations to them: (id, last word of the
        type, target).
    """

    sheets: Mapping[str, Sequence[Sequence[object]]]
    hidden: Mapping[str, Sequence[int]] = field(default_factory=dict)
    head: Mapping[str, str] = field(default_factory=dict)
    tail: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    later_epoch: bool = False
    before_sheets: str = ""
    parts: Mapping[str, str | bytes] = field(default_factory=dict)
    relations: Sequence[tuple[str, str, str]] = ()

    def pack(self) -> bytes:
        """The file."""
        shift = _LATER if self.later_epoch else 0
        properties = '<workbookPr date1904="1"/>' if self.later_epoch else "<workbookPr/>"
        parts = Book(
            {
                name: sheet_xml(
                    _rows(rows, self.hidden.get(name, ()), shift),
                    head=self.head.get(name, ""), tail=self.tail.get(name, ""),
                )
                for name, rows in self.sheets.items()
            },
            styles=_STYLES,
            workbook_pr=properties + self.before_sheets,
            states=self.states,
            extra=dict(self.parts),
        ).parts()  # fmt: skip
        parts["[Content_Types].xml"] = _types(parts)
        for key, kind, target in self.relations:
            _relate(parts, key, kind, target)
        return pack(parts)


def _types(names: Mapping[str, bytes]) -> bytes:
    """What each part of the package is."""
    kinds = {"xl/workbook.xml": "sheet.main", "xl/styles.xml": "styles"}
    kinds |= {n: "worksheet" for n in names if n.startswith("xl/worksheets/") and ".rels" not in n}
    lines = "".join(
        f'<Override PartName="/{name}" ContentType="{_OFFICE}.{kind}+xml"/>'
        for name, kind in kinds.items()
        if name in names
    )
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="bin" ContentType="application/octet-stream"/>{lines}</Types>'
    ).encode()


def _relate(parts: dict[str, bytes], key: str, kind: str, target: str) -> None:
    where = "xl/_rels/workbook.xml.rels"
    line = f'<Relationship Id="{key}" Type="{RELS}/{kind}" Target="{target}"/></Relationships>'
    parts[where] = parts[where].replace(b"</Relationships>", line.encode())


def completed(
    parts: Mapping[str, bytes], sheets: Mapping[str, Sequence[Sequence[object]]]
) -> dict[str, bytes]:
    """The parts of a workbook with further sheets of values put behind its own."""
    out = dict(parts)
    shift = _LATER if b'date1904="1"' in parts["xl/workbook.xml"] else 0
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        key, part = f"rIdMore{number}", f"worksheets/more{number}.xml"
        out[f"xl/{part}"] = sheet_xml(_rows(rows, shift=shift)).encode()
        _relate(out, key, "worksheet", part)
        line = f'<sheet name="{name}" sheetId="{900 + number}" r:id="{key}"/></sheets>'
        out["xl/workbook.xml"] = out["xl/workbook.xml"].replace(b"</sheets>", line.encode())
    if b"<Override" not in out["[Content_Types].xml"]:
        out["[Content_Types].xml"] = _types(out)
    return out
