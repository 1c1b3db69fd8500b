"""The donor workbook: XlsxWriter's package for some plans, its sheets still without rows.

Both doors start from it. *Author* fills in the rows and has a workbook; *graft* moves the sheets
and what hangs on them into the user's own.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from invval_xl.hosts.file.furniture import dress
from invval_xl.hosts.file.package import CONTENT_TYPES, relationships, relationships_xml, rels_name
from invval_xl.hosts.file.stream import RowStream, dimension
from invval_xl.hosts.file.xmltree import Edit, Node, parse, splice, with_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from invval_xl.workpapers.sheet_plan import SheetPlan, Style

__all__ = ["MARK", "OURS", "TABLE_MARK", "Donor", "DonorSheet", "make_donor"]

OURS = "_invval_"
"""How our hidden names begin."""

TABLE_MARK = f"{OURS}table."
"""Prefix of the hidden local names that say which tables of a sheet are ours."""

MARK = f"{OURS}paper"
"""Hidden defined name, local to each sheet of ours: how a later graft knows it again.

It outlives a save in Excel or LibreOffice, which part names do not.
"""

_NAME_BYTES = 62  # 31 UTF-16 units; "History" is Excel's own
_STRINGS = "xl/sharedStrings.xml"


@dataclass(frozen=True)
class DonorSheet:
    """One sheet of the donor: its XML before and after the rows."""

    plan: SheetPlan
    part: str
    source: bytes
    root: Node

    def pieces(
        self,
        stream: RowStream,
        *,
        selected: bool,
        differentials: Mapping[int, int] | None = None,
    ) -> Iterator[bytes]:
        """The sheet's XML with the rows of ``stream`` in their place.

        Parameters
        ----------
        selected
            Whether the sheet is the selected tab of its workbook.
        differentials
            New ids of the differential formats the sheet refers to.
        """
        edits: list[Edit] = []
        for node in self.root.walk():
            tag = self.source[node.start : node.inner]
            if node.local == "dimension":
                tag = with_attribute(tag, node, "ref", dimension(self.plan))
            elif node.local == "sheetView":
                tag = with_attribute(tag, node, "tabSelected", str(int(selected)))
            elif "dxfId" in node.attributes and differentials is not None:
                number = differentials[int(node.attributes["dxfId"])]
                tag = with_attribute(tag, node, "dxfId", str(number))
            else:
                continue
            edits.append(Edit(node.start, node.inner, tag))
        data = self.root.child("sheetData")
        assert data is not None
        yield splice(self.source[: data.start], [e for e in edits if e.end <= data.start])
        yield b"<sheetData>"
        yield from stream
        yield b"</sheetData>"
        after = [
            Edit(e.start - data.end, e.end - data.end, e.new) for e in edits if e.start >= data.end
        ]
        yield splice(self.source[data.end :], after)


@dataclass(frozen=True)
class Donor:
    """The parts of the donor package by name, in XlsxWriter's order, and its sheets."""

    parts: dict[str, bytes]
    sheets: tuple[DonorSheet, ...]
    styles: tuple[Style, ...] = field(default=())


def make_donor(plans: Sequence[SheetPlan], created: datetime) -> Donor:
    """Let XlsxWriter author everything of ``plans`` but cells and cell formats.

    Raises
    ------
    ValueError
        Where a plan asks for what a workbook cannot hold (a programmer's error).
    """
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    _check_sheet_names(plans)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": created.replace(microsecond=0), "author": "invval-xl"})
    try:
        sheets = [book.add_worksheet(plan.name) for plan in plans]
        for sheet, plan in zip(sheets, plans, strict=True):
            dress(book, sheet, plan, plans)
            if plan.owned:
                quoted = "'" + plan.name.replace("'", "''") + "'"
                book.define_name(f"{quoted}!{MARK}", f"={quoted}!$A$1")
                for table in plan.tables:
                    book.define_name(f"{quoted}!{TABLE_MARK}{table.name}", f"={quoted}!$A$1")
            for name, reference in plan.names.items():
                if book.define_name(name, f"={reference.removeprefix('=')}") == -1:
                    raise ValueError(f"{name!r} is no name a workbook can define")
        book.close()
    except XlsxWriterException as error:
        raise ValueError(f"a plan cannot be written: {error}") from error
    with zipfile.ZipFile(buffer) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    _drop_strings(parts)
    _hide_marks(parts)
    found = []
    for index, plan in enumerate(plans, start=1):
        part = f"xl/worksheets/sheet{index}.xml"
        found.append(DonorSheet(plan, part, parts[part], parse(parts[part])))
    styles = dict.fromkeys(style for plan in plans for style in plan.styles.values())
    return Donor(parts, tuple(found), tuple(styles))


def _check_sheet_names(plans: Sequence[SheetPlan]) -> None:
    """What XlsxWriter's own check of sheet names does not see."""
    if not plans:
        raise ValueError("a workbook needs at least one sheet")
    for plan in plans:
        if plan.name.casefold() == "history" or len(plan.name.encode("utf-16-le")) > _NAME_BYTES:
            raise ValueError(f"Excel takes no sheet name {plan.name!r}")


def _drop_strings(parts: dict[str, bytes]) -> None:
    """Take the shared strings out: our cells hold their text themselves."""
    if parts.pop(_STRINGS, None) is None:
        return
    types = parts[CONTENT_TYPES]
    gone = [
        Edit(node.start, node.end, b"")
        for node in parse(types).all("Override")
        if node.attributes["PartName"] == f"/{_STRINGS}"
    ]
    parts[CONTENT_TYPES] = splice(types, gone)
    rels = rels_name("xl/workbook.xml")
    kept = [r for r in relationships("xl/workbook.xml", parts[rels]) if r.target != _STRINGS]
    parts[rels] = relationships_xml("xl/workbook.xml", kept)


def _hide_marks(parts: dict[str, bytes]) -> None:
    """Set ``hidden`` on the marks: XlsxWriter has no option for it."""
    source = parts["xl/workbook.xml"]
    names = parse(source).child("definedNames")
    if names is None:
        return
    edits = [
        Edit(
            node.start,
            node.inner,
            with_attribute(source[node.start : node.inner], node, "hidden", "1"),
        )
        for node in names.children
        if node.attributes["name"].startswith(OURS)
    ]
    parts["xl/workbook.xml"] = splice(source, edits)
