# A part a line.
# ruff: noqa: E501
"""Mutates attributes and text inside well-formed parts of a workbook (byte noise is ill-formed)."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from tests.hosts.file.packing import (
    MAIN,
    SHEET,
    XML,
    Book,
    header_row,
    inline,
    item_row,
    rels_xml,
    sheet_xml,
    styles_xml,
)  # fmt: skip

_VALUE = re.compile(r'="([^"]*)"|>([^<>]+)<')
_ELEMENT = re.compile(
    r"<(?P<n>row|c|si|r|is|f|v|t|rPh|col|cols|sheet|mergeCell|filterColumn|xf|numFmt|Relationship)"
    r"\b[^<>]*?(?:/>|>.*?</(?P=n)>)"
)
NASTY = [
    "", "0", "1", "-1", "2", "7", "99", "1048576", "1048577", "99999999999999999999", "1E+309", "NaN",
    "A1", "a1", "$B$2", "XFD1048576", "XFE1", "A0", "A1:XFD1048576", "#REF!", "s", "n", "str", "b", "e",
    "d", "inlineStr", "zzz", "true", "false", "1.5", " 1 ", "+1", "0x1F", "1_0", "é", "\u00a0", "'",
    "]]>", "\ufffe", "\x01", "&amp;", "&#65;", "&lt;v&gt;", "_x000D_", "_xD800_", ">", "x>y", "]]&gt;", "../x", "/xl/workbook.xml",
    "http://x/y", "yyyy-mm-dd", "00000", "General", "2025-01-31", "24:00:00", "&#0;", "&nbsp;", "\t",
]  # fmt: skip


def rich_book() -> dict[str, bytes]:
    """A workbook with something of everything that the reader looks at."""
    rows = header_row() + "".join(item_row(r) for r in range(2, 6)) + (
        '<row r="6" hidden="1" spans="1:4"><c r="A6" t="s"><v>0</v></c><c r="B6" t="s"><v>2</v></c>'
        '<c r="C6" s="1"><v>123</v></c><c r="D6" s="2"><v>45688.5</v></c></row>'
        '<row r="7"><c r="A7" t="str"><f>A6&amp;"x"</f><v>y</v></c><c r="B7" t="e"><v>#N/A</v></c>'
        '<c r="C7"><f>1+1</f></c><c r="D7" t="b"><v>1</v></c></row>'
        '<row r="8"><c r="A8"><f t="shared" ref="A8:A9" si="0">1</f><v>1</v></c>'
        '<c r="B8" s="1"/><c r="C8"><f t="shared" si="0"/><v>2.5E-3</v></c></row>'
        f'<row r="20" ht="15">{inline("A20", "last")}</row>'
    )  # fmt: skip
    head = (
        '<sheetPr filterMode="0"/><dimension ref="A1:D20"/>'
        '<sheetFormatPr defaultRowHeight="15"/><cols><col min="2" max="3" hidden="1"/></cols>'
    )
    tail = (
        '<autoFilter ref="A1:D5"><filterColumn colId="0"><filters><filter val="x"/></filters>'
        '</filterColumn></autoFilter><mergeCells count="1"><mergeCell ref="B3:B4"/></mergeCells>'
        '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'
    )
    strings = (
        f'{XML}<sst xmlns="{MAIN}" count="3"><si><t>00123</t></si>'
        '<si><r><t>rich</t></r><r><t xml:space="preserve"> text</t></r></si>'
        '<si><t xml:space="preserve"> Shoes &amp; more</t><rPh sb="0" eb="1"><t>ph</t></rPh></si></sst>'
    )
    control = sheet_xml(
        f'<row r="1">{inline("A1", "Entity")}{inline("B1", "Acme")}</row>'
        f'<row r="2">{inline("A2", "GL Inventory")}<c r="B2"><v>1234.5</v></c></row>',
        tail='<mergeCells><mergeCell ref="A1:A2"/></mergeCells>',
    )
    extra = {
        "xl/worksheets/_rels/sheet1.xml.rels": rels_xml(("rId1", "table", "../tables/table1.xml")),
        "xl/tables/table1.xml": f'{XML}<table xmlns="{MAIN}" id="1" ref="A1:D20" totalsRowCount="1">'
        '<autoFilter ref="A1:D19"/></table>',
        "docProps/app.xml": f"{XML}<Properties><Application>Microsoft Excel</Application></Properties>",
        "docProps/core.xml": f"{XML}<p><modified>2025-01-31T00:00:00Z</modified></p>",
        "xl/connections.xml": f'{XML}<connections xmlns="{MAIN}"><connection id="1" name="W"/></connections>',
        "xl/externalLinks/externalLink1.xml": f'{XML}<externalLink xmlns="{MAIN}"><ddeLink ddeService="a" ddeTopic="b"/></externalLink>',
    }
    book = Book(
        {SHEET: sheet_xml(rows, head=head, tail=tail), "Control": control},
        strings=strings, styles=styles_xml("00000", "yyyy-mm-dd"),
        workbook_pr='<workbookPr date1904="0"/>', calc_pr='<calcPr calcId="1" fullCalcOnLoad="0"/>',
        states={"Control": "hidden"}, extra=extra,
    )  # fmt: skip
    return book.parts()


PARTS = rich_book()
LETTERS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=6
).map(lambda text: escape(text, {'"': "&quot;"}))
# The sheet many times: it is what the reader looks at most.
MUTABLE = [*PARTS, *["xl/worksheets/sheet1.xml"] * 8, *["xl/sharedStrings.xml"] * 3]


def _mutated(text: str, spot: int, how: int, value: str) -> str:
    """Change what stands at one spot, the part staying well-formed (mostly)."""
    spots = list((_VALUE if how < len("abcd") else _ELEMENT).finditer(text))
    if not spots:
        return text
    match = spots[spot % len(spots)]
    if match.re is _VALUE:
        group = 1 if match[1] is not None else 2
        return text[: match.start(group)] + value + text[match.end(group) :]
    inner = (
        match[0].find(">") - match[0].startswith("</") - (match[0][match[0].find(">") - 1] == "/")
    )
    changed = (
        "",
        match[0] * 2,
        f'{match[0][:inner]} x="{value}"{match[0][inner:]}',
        f"<!-- c --><y>{value}</y>{match[0]}",
        match[0].replace('"', "'"),
        f"<![CDATA[{spot}]]>{match[0]}",
    )[how % 6]
    return text[: match.start()] + changed + text[match.end() :]


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, bytes]:
    """The parts of a workbook with one to four spots changed."""
    parts = dict(PARTS)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(MUTABLE))
        spot, how = draw(st.integers(0, 400)), draw(st.integers(0, 9))
        value = draw(st.one_of(st.sampled_from(NASTY), LETTERS))
        text = parts[name].decode("utf-8", "surrogatepass")
        parts[name] = _mutated(text, spot, how, value).encode("utf-8", "surrogatepass")
    return parts
