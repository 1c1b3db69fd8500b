"""A workbook's style sheet: our cell formats appended to it, alike ones shared, nothing moved.

Works on any ``styles.xml``: the user's own (graft) or the one XlsxWriter made (author). Elements
already there keep their places and bytes, so every style id in the user's sheets stays right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.hosts.file.celltext import number_text
from invval_xl.hosts.file.xmltree import (
    Edit,
    Node,
    appended,
    canonical,
    parse,
    serialise,
    splice,
    with_attribute,
)

if TYPE_CHECKING:
    from invval_xl.workpapers.sheet_plan import Style

__all__ = ["EMPTY_STYLES", "FONT_NAME", "MAIN", "StyleSheet", "TooManyStylesError"]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FONT_NAME = "Calibri"
_MOST_FORMATS = 65_000  # Excel's own limit is 65,490 cell formats a workbook

EMPTY_STYLES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<styleSheet xmlns="{MAIN}">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
).encode()

_ORDER = (
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
)

_BUILT_IN = {
    "General": 0,
    "0": 1,
    "0.00": 2,
    "#,##0": 3,
    "#,##0.00": 4,
    "0%": 9,
    "0.00%": 10,
    "0.00E+00": 11,
    "@": 49,
}


class TooManyStylesError(ValueError):
    """The workbook has no room for our cell formats."""


@dataclass
class _Shelf:
    """One container of the style sheet (``fonts``, ``dxfs``, ...) and what joins it."""

    node: Node | None
    seen: dict[tuple[object, ...], int]
    held: int
    new: list[Node]

    @classmethod
    def of(cls, root: Node, name: str) -> _Shelf:
        node = root.child(name)
        items = node.children if node is not None else []
        seen: dict[tuple[object, ...], int] = {}
        for index, item in enumerate(items):
            seen.setdefault(canonical(item), index)
        return cls(node, seen, len(items), [])

    def append(self, item: Node) -> int:
        """Place of ``item`` at the end."""
        place = self.held + len(self.new)
        self.seen.setdefault(canonical(item), place)
        self.new.append(item)
        return place

    def index(self, item: Node) -> int:
        """Place of an element that says the same; appended where there is none."""
        found = self.seen.get(canonical(item))
        return self.append(item) if found is None else found


class StyleSheet:
    """A ``styles.xml`` under extension.

    Parameters
    ----------
    source
        The part as it stands.
    """

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._root = parse(source)
        self._shelves = {name: _Shelf.of(self._root, name) for name in _ORDER}
        self._furnish()
        self._ids: dict[Style, int] = {}
        taken = [
            int(node.attributes["numFmtId"])
            for node in self._root.walk()
            if node.local == "numFmt" and "numFmtId" in node.attributes
        ]
        self._next_format = max([*taken, 163]) + 1
        held = self._shelves["numFmts"].node
        self._formats = {
            item.attributes.get("formatCode", ""): int(item.attributes.get("numFmtId", "0"))
            for item in (held.children if held is not None else [])
        }

    def add(self, style: Style) -> int:
        """Index of a cell format that looks like ``style``; added where none is there.

        Raises
        ------
        TooManyStylesError
            Where the workbook has no room for one more.
        """
        if style not in self._ids:
            self._ids[style] = self._shelves["cellXfs"].index(self._format(style))
            if self._ids[style] >= _MOST_FORMATS:
                raise TooManyStylesError
        return self._ids[style]

    def add_differential(self, dxf: Node) -> int:
        """Index of a differential format that says the same as ``dxf``."""
        for item in dxf.all("numFmt"):
            item.attributes["numFmtId"] = str(self._number_format(item.attributes["formatCode"]))
        return self._shelves["dxfs"].index(dxf)

    def _furnish(self) -> None:
        """Give a bare sheet what every one must have.

        Index 0 is what unstyled cells show, and Excel keeps the first two fills for itself.
        """
        bare = parse(EMPTY_STYLES)
        for name in ("fonts", "fills", "borders", "cellXfs"):
            shelf, container = self._shelves[name], bare.child(name)
            assert container is not None
            for item in container.children[shelf.held :]:
                if not self._shelves["cellStyleXfs"].held:
                    item.attributes.pop("xfId", None)
                shelf.append(item)

    def to_bytes(self) -> bytes:
        """The part with the additions spliced in; the very same bytes where there are none."""
        edits: list[Edit] = []
        prefix = self._root.prefix
        last = b""
        for name, shelf in self._shelves.items():
            if not shelf.new:
                continue
            inside = b"".join(serialise(item, prefix) for item in shelf.new)
            count = str(shelf.held + len(shelf.new))
            node = shelf.node
            if node is not None:
                tag = with_attribute(self._source[node.start : node.inner], node, "count", count)
                edits.append(appended(self._source, node, inside, tag))
                continue
            whole = f'<{prefix}{name} count="{count}">'.encode() + inside
            whole += f"</{prefix}{name}>".encode()
            place = self._place_for(name)
            if place is None:
                last += whole
            else:
                edits.append(Edit(place, place, whole))
        if last:
            edits.append(appended(self._source, self._root, last))
        return splice(self._source, edits)

    def _place_for(self, name: str) -> int | None:
        """Where a missing container goes: before the first of those that follow it."""
        later = set(_ORDER[_ORDER.index(name) + 1 :])
        places = (child.start for child in self._root.children if child.local in later)
        return next(places, None)

    def _format(self, style: Style) -> Node:
        font = self._shelves["fonts"].index(_font(style))
        fill = self._shelves["fills"].index(_fill(style)) if style.fill else 0
        edged = style.top or style.bottom
        border = self._shelves["borders"].index(_border(style)) if edged else 0
        attributes = {
            "numFmtId": str(self._number_format(style.number_format)),
            "fontId": str(font),
            "fillId": str(fill),
            "borderId": str(border),
        }
        if self._shelves["cellStyleXfs"].held:
            attributes["xfId"] = "0"
        attributes |= {
            f"apply{part}": "1"
            for part in ("NumberFormat", "Font", "Fill", "Border", "Alignment", "Protection")
        }
        children = [_alignment(style)]
        if not style.locked:
            children.append(_node("protection", {"locked": "0"}))
        return _node("xf", attributes, *children)

    def _number_format(self, code: str) -> int:
        if code in _BUILT_IN:
            return _BUILT_IN[code]
        if code not in self._formats:
            number = self._next_format
            self._next_format += 1
            self._formats[code] = number
            item = _node("numFmt", {"numFmtId": str(number), "formatCode": code})
            self._shelves["numFmts"].index(item)
        return self._formats[code]


def _node(local: str, attributes: dict[str, str] | None = None, *children: Node) -> Node:
    return Node(MAIN, local, dict(attributes or {}), list(children))


def _font(style: Style) -> Node:
    flags = (("b", style.bold), ("i", style.italic), ("u", style.underline))
    children = [_node(tag) for tag, on in flags if on]
    children.append(_node("sz", {"val": number_text(style.size)}))
    if style.color:
        children.append(_node("color", {"rgb": f"FF{style.color.upper()}"}))
    children += [_node("name", {"val": FONT_NAME}), _node("family", {"val": "2"})]
    return _node("font", {}, *children)


def _fill(style: Style) -> Node:
    pattern = _node(
        "patternFill",
        {"patternType": "solid"},
        _node("fgColor", {"rgb": f"FF{style.fill.upper()}"}),
        _node("bgColor", {"indexed": "64"}),
    )
    return _node("fill", {}, pattern)


def _border(style: Style) -> Node:
    def edge(name: str, line: str) -> Node:
        if not line:
            return _node(name)
        return _node(name, {"style": line}, _node("color", {"auto": "1"}))

    return _node(
        "border",
        {},
        _node("left"),
        _node("right"),
        edge("top", style.top),
        edge("bottom", style.bottom),
        _node("diagonal"),
    )


def _alignment(style: Style) -> Node:
    attributes: dict[str, str] = {}
    if style.align:
        attributes["horizontal"] = style.align
    elif style.indent:
        attributes["horizontal"] = "left"
    if style.valign and style.valign != "bottom":
        attributes["vertical"] = "center" if style.valign == "middle" else style.valign
    if style.wrap:
        attributes["wrapText"] = "1"
    if style.indent:
        attributes["indent"] = str(style.indent)
    return _node("alignment", attributes)
